import type { JsonObject, RemoteRef } from "../../../config/index.ts";
import { TenureError } from "../../../errors/index.ts";
import { auditEvent, type ManagedAgent, type ManagerCore, pinnedOf } from "../../../manager/index.ts";
import type { AgentRecord, RevisionRecord } from "../../../registry/contract/index.ts";
import { setAlias } from "../../aliases/set-alias.ts";
import { checkDrift } from "../../drift/check-drift.ts";
import { makeCurrent } from "../../revisions/make-current.ts";
import { endDeletions, getAgent, keyOf, type LeasedWork, underLease } from "../../under-lease.ts";
import type { FleetAgent } from "../fleet.ts";
import type { PlanAction } from "../plan/plan.ts";
import type { FleetHost } from "./host.ts";

/** One declared agent that is to become what the file says. */
export interface Establishing {
  readonly host: FleetHost;
  readonly agent: FleetAgent;
  readonly action: PlanAction;
  readonly signal: AbortSignal | undefined;
}

/** Makes the revision if it is not there, makes it current, and writes what the record shall say and where the aliases shall point. Safe to repeat. */
export async function establishAgent(
  work: Establishing,
): Promise<{ readonly detail: string; readonly remote: RemoteRef | undefined }> {
  const { host, agent, action } = work;
  if (action.kind === "drift") {
    const detail = await mendDrift(work);
    await complete(work);
    return { detail, remote: undefined };
  }
  if (action.kind === "settings") {
    await complete(work);
    return { detail: "record completed", remote: undefined };
  }
  // What this process remembers may be older than the plan.
  host.core.known.forget(agent.name);
  const made = await resolve(work);
  try {
    await complete(work);
  } catch (thrown) {
    // The registry knew a revision that the service has lost. That is recorded now, so that it is made anew.
    if (TenureError.from(thrown).code !== "revision_not_found") throw thrown;
    host.core.known.forget(agent.name);
    const anew = await resolve(work);
    await complete(work);
    return { detail: anew.outcome, remote: anew.remote };
  }
  return { detail: made.outcome === "reused" ? "made current" : made.outcome, remote: made.remote };
}

/** A record that this makes says from the start what it shall say: a new agent takes one lease, not two. */
function resolve({ host, agent, action, signal }: Establishing): Promise<ManagedAgent> {
  const how = { unmanaged: agent.unmanaged, onChange: "update", signal } as const;
  return host.resolve(agent.config, how, { settings: action.settings, cause: "fleet" });
}

async function mendDrift({ host, agent, action, signal }: Establishing): Promise<string> {
  const done: string[] = [];
  const policy = action.drift?.policy ?? "report";
  for await (const finding of checkDrift(host.core, policy, { agentName: agent.name, policy, signal })) {
    if (finding.error !== undefined) throw finding.error;
    done.push(`${finding.source} ${finding.action}`);
  }
  return done.length === 0 ? "in order by now" : done.join(", ");
}

/** What belongs to the agent beside its revision. One lease for record and current revision; the aliases after it, each compared and set. */
async function complete({ host, agent, action, signal }: Establishing): Promise<void> {
  const { core } = host;
  const key = keyOf(core, agent.name);
  if (!(await isComplete(core, agent, action)))
    await underLease(core, { key, signal }, (work) => completeRecord(work, agent, action));
  for (const { alias, moves } of action.aliases) {
    const now = await core.options.registry.aliases.get({ key, alias });
    // Pointed there by an earlier try.
    if (now?.fingerprint === agent.normal.fingerprint) continue;
    await setAlias(core, { key, alias }, { to: agent.normal.fingerprint, expected: moves, reason: "fleet", signal });
  }
}

/** As the record of an agent is that was made a moment ago. Who was marked may have to lose the mark, which takes the lease. */
async function isComplete(core: ManagerCore, agent: FleetAgent, action: PlanAction): Promise<boolean> {
  if (action.settings["retired"] !== undefined) return false;
  const record = await core.options.registry.agents.get({ key: keyOf(core, agent.name) });
  return record?.current === agent.normal.fingerprint && differing(record, action).length === 0;
}

function differing({ settings }: AgentRecord, action: PlanAction): [string, JsonObject[string]][] {
  return Object.entries(action.settings).filter(([name, value]) => (settings[name] ?? null) !== value);
}

async function completeRecord(work: LeasedWork, agent: FleetAgent, action: PlanAction): Promise<void> {
  const { core, key, held } = work;
  const { registry } = core.options;
  await endDeletions(work);
  const record = await getAgent(core, key);
  const { fingerprint } = agent.normal;
  const changes = differing(record, action);
  const settings = Object.fromEntries(changes);
  const pinned = pinnedOf(record.settings);
  const revision = await registry.agents.getRevision({ key, fingerprint });
  if (settings["retired"] === null && revision?.state === "retiring") await unmark(work, revision);
  const moves =
    revision !== undefined && record.current !== fingerprint && (pinned === undefined || pinned === fingerprint);
  if (moves) {
    const evidence = { fleet: action.settings["fleet"] ?? record.settings["fleet"] ?? null, reason: action.reason };
    await makeCurrent(work, {
      agent: record,
      revision,
      cause: "fleet",
      settings: changes.length === 0 ? undefined : settings,
      evidence,
    });
    return;
  }
  if (changes.length === 0) return;
  const before = Object.fromEntries(changes.map(([name]) => [name, record.settings[name] ?? null]));
  const data = { cause: "fleet", evidence: { kind: action.kind, reason: action.reason }, before, after: settings };
  const events = [auditEvent(core, { type: "fleet.settings", key, data })];
  await registry.agents.update({ lease: held.lease, key, settings, events });
}

/** Named again: what was marked because the file did not name it stays after all. */
async function unmark({ core, key, held }: LeasedWork, { fingerprint }: RevisionRecord): Promise<void> {
  const data = { cause: "fleet", reason: "The file names it again.", fingerprint, before: "retiring", after: "active" };
  const events = [auditEvent(core, { type: "revision.unmarked", key, data })];
  await core.options.registry.agents.updateRevision({ lease: held.lease, key, fingerprint, state: "active", events });
}
