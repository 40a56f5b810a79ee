import type { Fingerprint } from "../../config/index.ts";
import { eachItem, type ManagerCore, pinnedOf, protectionOf, shownProtection } from "../../manager/index.ts";
import type { AgentKey, AgentRecord, RevisionRecord } from "../../registry/contract/index.ts";

/** Why a revision must stay, whatever its age (P5). Sessions and use are judged by whoever wants to delete. */
export type Hold =
  | { readonly kind: "current" }
  | { readonly kind: "pinned" }
  | { readonly kind: "aliased"; readonly alias: string }
  /** `until`: ISO 8601, or `forever`. `of`: the whole agent, or this revision. */
  | { readonly kind: "protected"; readonly until: string; readonly of: "agent" | "revision" };

/** What holds a revision now. `aliases`: as `aliasesByRevision` gives them, read after the lease was taken. */
export function holdsOf(
  revision: RevisionRecord,
  facts: {
    readonly agent: AgentRecord;
    readonly aliases: ReadonlyMap<Fingerprint, readonly string[]>;
    readonly now: number;
  },
): readonly Hold[] {
  const { agent, aliases, now } = facts;
  const holds: Hold[] = [];
  if (agent.current === revision.fingerprint) holds.push({ kind: "current" });
  if (pinnedOf(agent.settings) === revision.fingerprint) holds.push({ kind: "pinned" });
  for (const alias of aliases.get(revision.fingerprint) ?? []) holds.push({ kind: "aliased", alias });
  for (const [of, settings] of [
    ["agent", agent.settings],
    ["revision", revision.settings],
  ] as const) {
    const until = protectionOf(settings, now);
    if (until !== undefined) holds.push({ kind: "protected", until: shownProtection(until), of });
  }
  return holds;
}

/** The agent's aliases by the revision that they stand for. */
export async function aliasesByRevision(
  core: ManagerCore,
  key: AgentKey,
): Promise<ReadonlyMap<Fingerprint, readonly string[]>> {
  const aliases = new Map<Fingerprint, string[]>();
  for await (const record of eachItem((cursor) => core.options.registry.aliases.list({ key, cursor, limit: 200 }))) {
    const names = aliases.get(record.fingerprint) ?? [];
    names.push(record.alias);
    aliases.set(record.fingerprint, names);
  }
  return aliases;
}
