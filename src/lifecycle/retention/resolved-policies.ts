import { parseDuration } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import { LIMIT_LINES } from "../../manager/index.ts";

/** The policies with every default filled in, durations in milliseconds; `undefined`: off. */
export interface ResolvedPolicies {
  readonly revisions: { readonly keep: number; readonly usedWithinMs: number } | undefined;
  readonly idleAgents: { readonly unusedForMs: number } | undefined;
  readonly ephemeral: boolean;
  readonly orphans: boolean;
  readonly intents: boolean;
  readonly sessions: { readonly unusedForMs: number } | undefined;
  readonly events: { readonly keepMs: number } | undefined;
  readonly limits: { readonly warnAt: number; readonly actAt: number } | undefined;
  readonly graceMs: number;
  readonly maxPerRun: { readonly count: number; readonly percent: number };
  readonly stopAbove: number;
}

const MEMBERS = [
  "revisions",
  "idleAgents",
  "ephemeral",
  "orphans",
  "intents",
  "sessions",
  "events",
  "limits",
  "grace",
  "maxPerRun",
  "stopAbove",
] as const;

/**
 * Checks policies from wherever they come, the `retention` section of a fleet file included, and fills in the defaults.
 * Throws `invalid_option` with the member's name and place. `at` is put before it, e.g. `retention`.
 */
export function readRetentionPolicies(value: unknown, at: string = "policies"): ResolvedPolicies {
  const given = membersOf(value ?? {}, at, MEMBERS);
  const limits = readLimits(given["limits"], `${at}.limits`);
  const maxPerRun = membersOf(given["maxPerRun"] ?? {}, `${at}.maxPerRun`, ["count", "percent"]);
  return {
    revisions: readRevisions(given["revisions"], `${at}.revisions`),
    idleAgents: readIdle(given["idleAgents"], `${at}.idleAgents`),
    ephemeral: readSwitch(given["ephemeral"], `${at}.ephemeral`),
    orphans: readSwitch(given["orphans"], `${at}.orphans`),
    intents: readSwitch(given["intents"], `${at}.intents`),
    sessions: readIdle(given["sessions"], `${at}.sessions`),
    events: readEventPolicy(given["events"], `${at}.events`),
    limits,
    graceMs: parseDuration(given["grace"] ?? "1d", `${at}.grace`),
    maxPerRun: {
      count: wholeNumber(maxPerRun["count"], { name: `${at}.maxPerRun.count`, min: 1, max: 100_000, unsaid: 100 }),
      percent: percentOf(maxPerRun["percent"], `${at}.maxPerRun.percent`, 100),
    },
    stopAbove: percentOf(given["stopAbove"], `${at}.stopAbove`, 50),
  };
}

function readRevisions(value: unknown, at: string): ResolvedPolicies["revisions"] {
  if (value === false) return undefined;
  const { keep, usedWithin } = membersOf(value ?? {}, at, ["keep", "usedWithin"]);
  return {
    keep: wholeNumber(keep, { name: `${at}.keep`, min: 0, max: 1_000, unsaid: 10 }),
    usedWithinMs: parseDuration(usedWithin ?? "30d", `${at}.usedWithin`),
  };
}

/** An idle time of nothing would let everything go that is not in use at this very moment. */
function readIdle(value: unknown, at: string): { readonly unusedForMs: number } | undefined {
  if (value === undefined || value === false) return undefined;
  const { unusedFor } = membersOf(value, at, ["unusedFor"]);
  const unusedForMs = parseDuration(unusedFor, `${at}.unusedFor`);
  if (unusedForMs > 0) return { unusedForMs };
  throw new TenureError(
    "invalid_option",
    `Expected \`${at}.unusedFor\` to be more than 0: it would let everything go.`,
    {
      details: { field: `${at}.unusedFor` },
    },
  );
}

function readEventPolicy(value: unknown, at: string): ResolvedPolicies["events"] {
  if (value === undefined || value === false) return undefined;
  return { keepMs: parseDuration(membersOf(value, at, ["keep"])["keep"], `${at}.keep`) };
}

function readLimits(value: unknown, at: string): ResolvedPolicies["limits"] {
  if (value === false) return undefined;
  const given = membersOf(value ?? {}, at, ["warnAt", "actAt"]);
  const warnAt = percentOf(given["warnAt"], `${at}.warnAt`, LIMIT_LINES.warnAt);
  const actAt = percentOf(given["actAt"], `${at}.actAt`, LIMIT_LINES.actAt);
  if (warnAt <= actAt) return { warnAt, actAt };
  throw new TenureError(
    "invalid_option",
    `Expected \`${at}.warnAt\` to be at most \`actAt\` (${actAt}), got ${warnAt}.`,
  );
}

function readSwitch(value: unknown, name: string): boolean {
  if (value === undefined) return true;
  if (typeof value === "boolean") return value;
  throw wrong(name, "true or false", value);
}

function percentOf(value: unknown, name: string, unsaid: number): number {
  return wholeNumber(value, { name, min: 1, max: 100, unsaid });
}

function wholeNumber(
  value: unknown,
  range: { readonly name: string; readonly min: number; readonly max: number; readonly unsaid: number },
): number {
  if (value === undefined) return range.unsaid;
  if (typeof value === "number" && Number.isInteger(value) && value >= range.min && value <= range.max) return value;
  throw wrong(range.name, `a whole number from ${range.min} to ${range.max}`, value);
}

function membersOf(value: unknown, at: string, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(at, "an object", value);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown === undefined) return value as Readonly<Record<string, unknown>>;
  throw new TenureError("invalid_option", `Unknown member \`${at}.${unknown}\`: there are ${known.join(", ")}.`, {
    details: { field: `${at}.${unknown}`, known: [...known] },
  });
}

function wrong(name: string, expectation: string, value: unknown): TenureError {
  const shown = typeof value === "object" && value !== null ? "an object" : JSON.stringify(value);
  return new TenureError(
    "invalid_option",
    `Expected \`${name}\` to be ${expectation}, got ${shown} (${typeof value}).`,
    {
      details: { field: name },
    },
  );
}
