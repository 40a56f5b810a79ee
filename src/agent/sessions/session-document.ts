import * as v from "valibot";
import type { Fingerprint, JsonObject } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import type { SessionInfo } from "./session-info.ts";
import type { SeedTurn } from "./session-data.ts";

/** A session as JSON: for archives, and for `import` into this or another registry. */
export interface SessionDocument extends SessionInfo {
  readonly format: "tenure-session";
  readonly version: 1;
  readonly location: string;
  readonly scope: string;
  /** What was said, oldest first. */
  readonly turns: readonly SeedTurn[];
  /** Every item as the service holds it, tool calls included. For readers; `import` does not look at it. */
  readonly items: readonly JsonObject[];
}

const text = v.pipe(v.string(), v.minLength(1));
const time = v.pipe(
  v.string(),
  v.check((value) => !Number.isNaN(Date.parse(value)), "Invalid time: expected ISO 8601"),
);

const documentSchema = v.object({
  format: v.literal("tenure-session"),
  version: v.literal(1),
  location: text,
  scope: text,
  agentName: text,
  sessionId: v.pipe(text, v.maxLength(256)),
  title: v.optional(v.string()),
  userId: v.optional(text),
  fingerprint: v.pipe(
    v.string(),
    v.regex(/^v1:[0-9a-f]{64}$/, "Invalid fingerprint: expected v1: and 64 hexadecimal digits"),
  ),
  conversationId: v.optional(text),
  createdAt: time,
  lastUsedAt: time,
  turns: v.array(v.object({ role: v.picklist(["user", "assistant"]), text: v.string() })),
});

/** What `import` uses of a document. */
export interface ImportedSession extends Omit<SessionDocument, "items"> {}

/** Checks what was read from somewhere. Throws `invalid_data`, naming the member. */
export function readDocument(value: unknown): ImportedSession {
  const result = v.safeParse(documentSchema, value);
  if (!result.success) {
    const issue = result.issues[0];
    const path = v.getDotPath(issue) ?? "the document";
    throw new TenureError("invalid_data", `This is not an exported session: ${path}: ${issue.message}.`, {
      hint: "Pass what `AgentSessions.export` gave.",
      details: { path },
    });
  }
  const { title, userId, conversationId, fingerprint, ...others } = result.output;
  return { ...others, title, userId, conversationId, fingerprint: fingerprint as Fingerprint };
}
