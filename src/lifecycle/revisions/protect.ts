import { parseDuration } from "../../config/index.ts";
import { wrongOption } from "../../config/option-checks.ts";
import { auditEvent, type ManagerCore, type ProtectedUntil, shownProtection } from "../../manager/index.ts";
import type { AgentKey } from "../../registry/contract/index.ts";
import { endDeletions, getAgent, type LifecycleCallOptions, underLease } from "../under-lease.ts";
import { findRevision } from "./find-revision.ts";

/** Until when: a `Date`, ISO 8601 with a time zone, or a time from now such as `"30d"`. Absent: until it is taken away. */
export type Until = Date | string;

/** What is protected: the whole agent, or one revision of it. */
export interface ProtectOptions extends LifecycleCallOptions {
  /** Fingerprint or version. Default: the agent with all its revisions. */
  readonly revision?: string | number | undefined;
  /** Kept in the audit trail. */
  readonly reason?: string | undefined;
}

/** Keeps the agent, or one revision, from every deletion, ordered ones included. Again: the newer end counts, also if it is earlier. */
export async function protect(
  core: ManagerCore,
  key: AgentKey,
  options: { readonly until: ProtectedUntil } & ProtectOptions,
): Promise<string> {
  await change(core, key, options);
  return shownProtection(options.until);
}

/** Takes the protection away. `false` if there was none. */
export async function unprotect(core: ManagerCore, key: AgentKey, options: ProtectOptions = {}): Promise<boolean> {
  return change(core, key, { ...options, until: undefined });
}

async function change(
  core: ManagerCore,
  key: AgentKey,
  wanted: ProtectOptions & { readonly until: ProtectedUntil | undefined },
): Promise<boolean> {
  return underLease(core, { key, signal: wanted.signal }, async (work) => {
    if (wanted.until !== undefined) await endDeletions(work);
    const agent = await getAgent(core, key);
    const revision = wanted.revision === undefined ? undefined : await findRevision(core, key, wanted.revision);
    const before = (revision ?? agent).settings["protectedUntil"] ?? null;
    const after = wanted.until ?? null;
    if (before === after) return false;
    const data = { cause: wanted.reason ?? "order", before, after, fingerprint: revision?.fingerprint ?? null };
    const write = {
      lease: work.held.lease,
      key,
      settings: { protectedUntil: after },
      events: [auditEvent(core, { type: after === null ? "agent.unprotected" : "agent.protected", key, data })],
    };
    const { agents } = core.options.registry;
    if (revision === undefined) await agents.update(write);
    else await agents.updateRevision({ ...write, fingerprint: revision.fingerprint });
    return true;
  });
}

/** The end of a protection that begins now. Throws `invalid_option` or `invalid_config` for what is no time to come. */
export function protectionEnd(until: unknown, now: number): ProtectedUntil {
  if (until === undefined || until === "forever") return "forever";
  const at = until instanceof Date ? until.getTime() : typeof until === "string" ? timeOf(until, now) : Number.NaN;
  if (Number.isSafeInteger(at) && at > now && at <= 8.64e15) return at;
  throw wrongOption("until", "a time to come", until instanceof Date ? String(until) : until);
}

/** ISO 8601 with a zone: without one the answer would depend on the machine. */
function timeOf(text: string, now: number): number {
  if (/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text)) return Date.parse(text);
  return now + parseDuration(text, "until");
}
