import type { RevisionRecord } from "../../../src/registry/contract/index.ts";
import type { StoredAgent } from "../../../src/registry/memory/store.ts";

/** The agent's revisions that are not deleted, as the registry's store has them. */
export function liveOf(agent: StoredAgent): readonly RevisionRecord[] {
  return [...agent.revisions.values()].map(({ record }) => record).filter(({ state }) => state !== "deleted");
}

/** Why the revision must stay, read straight from the registry's store; `undefined` if nothing holds it. */
export function whyHeld(agent: StoredAgent, revision: RevisionRecord, now: number): string | undefined {
  const { settings, current } = agent.record;
  const { fingerprint } = revision;
  if (settings["pinned"] === fingerprint) return "pinned";
  const alias = [...agent.aliases.values()].find((record) => record.fingerprint === fingerprint);
  if (alias !== undefined) return `what ${alias.alias} stands for`;
  if (isProtected(settings, now) || isProtected(revision.settings, now)) return "protected";
  // The current one goes with its agent only, and that goes as a whole.
  if (current === fingerprint && liveOf(agent).some(({ state }) => state !== "retiring")) return "current";
  return undefined;
}

function isProtected({ protectedUntil }: RevisionRecord["settings"], now: number): boolean {
  return protectedUntil === "forever" || (typeof protectedUntil === "number" && protectedUntil > now);
}
