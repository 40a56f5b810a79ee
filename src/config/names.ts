import { TenureError } from "../errors/index.ts";
import { shown, unexpected } from "./expectation.ts";

const MAX_AGENT_NAME = 63;
const MAX_SCOPE = 128;
const MAX_SESSION_ID = 256;

/**
 * Checks a caller's name of an agent: 1 to 63 of letters, digits, `_`, `-`, `.` and space (ASCII), beginning and ending with a letter or digit.
 * Throws `invalid_name`. What the service makes of the name is its adapter's affair (`AgentService.toServiceName`).
 */
export function assertAgentName(name: unknown): asserts name is string {
  const fault = faultOfName(name);
  if (fault === undefined) return;
  throw new TenureError("invalid_name", `Expected \`agentName\` to be ${fault}, got ${shown(name)}`, {
    details: { field: "agentName" },
  });
}

function faultOfName(name: unknown): string | undefined {
  if (typeof name !== "string") return "a text";
  if (name.length === 0 || name.length > MAX_AGENT_NAME) return `1 to ${MAX_AGENT_NAME} characters long`;
  const odd = /[^A-Za-z0-9_.\- ]/u.exec(name);
  if (odd !== null) {
    return `of letters, digits, \`_\`, \`-\`, \`.\` and spaces, without ${nameOf(odd[0])} at position ${odd.index + 1}`;
  }
  if (!/^[A-Za-z0-9]/.test(name))
    return `a name that begins with a letter or digit, not with ${nameOf(name.charAt(0))}`;
  if (!/[A-Za-z0-9]$/.test(name)) return `a name that ends with a letter or digit, not with ${nameOf(name.slice(-1))}`;
  return undefined;
}

function nameOf(character: string): string {
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  return /[\p{C}\p{Z}]/u.test(character) ? code : `${JSON.stringify(character)} (${code})`;
}

/** Checks the name of a scope: 1 to 128 of letters, digits and `_ . : / -`. Throws `invalid_option`. */
export function assertScope(scope: unknown, option = "scope"): asserts scope is string {
  if (typeof scope === "string" && scope.length <= MAX_SCOPE && /^[A-Za-z0-9_.:/-]+$/.test(scope)) return;
  const expectation = `1 to ${MAX_SCOPE} letters, digits, \`_\`, \`.\`, \`:\`, \`/\` or \`-\``;
  throw unexpected(option, expectation, scope, "invalid_option");
}

/** Checks a session's id: 1 to 256 characters of whole Unicode without control characters and not blank. Throws `invalid_option`. */
export function assertSessionId(sessionId: unknown): asserts sessionId is string {
  if (isSessionId(sessionId)) return;
  throw unexpected("sessionId", `1 to ${MAX_SESSION_ID} printable characters`, sessionId, "invalid_option");
}

/** Whether it can be a session's id; see `assertSessionId`. */
export function isSessionId(sessionId: unknown): sessionId is string {
  return typeof sessionId === "string" && isPrintable(sessionId, MAX_SESSION_ID);
}

/** Whether a text is 1 to `most` characters long, whole Unicode, not blank and without control characters and line ends. */
export function isPrintable(text: string, most: number): boolean {
  return text.length <= most && text.trim() !== "" && text.isWellFormed() && !/[\p{Cc}\u2028\u2029]/u.test(text);
}
