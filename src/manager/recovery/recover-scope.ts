import { booleanOption } from "../../config/option-checks.ts";
import { TenureError } from "../../errors/index.ts";
import { type AgentKey, agentResource } from "../../registry/contract/index.ts";
import type { RemoteAgent, RemoteRevision } from "../../services/contract/index.ts";
import type { ProtocolContext } from "../protocol/context.ts";
import { claimNow, type HeldLease } from "../protocol/held-lease.ts";
import { finishIntents } from "../protocol/intents.ts";
import { checkCallOptions } from "../options.ts";
import { eachItem, liveRevisions } from "../protocol/live-revisions.ts";
import { isReleased, movingKey } from "../released.ts";
import { isOurStamp } from "../protocol/target.ts";
import { settleCopy } from "./settle-copy.ts";

/** What a sweep did. */
export interface RecoveryReport {
  /** Agents whose unfinished intents were looked at. */
  readonly examined: number;
  /** Revisions that the service had and the registry did not, now recorded. */
  readonly adopted: number;
  /** Copies beside a registered revision, removed. */
  readonly duplicatesRemoved: number;
  /** Registered revisions that the service does not have any more. */
  readonly missing: number;
  /** Agents that somebody living was changing: left for the next sweep. */
  readonly busy: number;
  /** Agents that could not be looked at, or whose transfer was interrupted, with the reason. The others are in order. */
  readonly failed: readonly { readonly agentName: string; readonly error: TenureError }[];
}

export interface RecoveryOptions {
  readonly signal?: AbortSignal | undefined;
  /** Compare every version of every agent with the registry, not only those whose latest version is unknown. One list per agent. Default `false`. */
  readonly deep?: boolean | undefined;
}

const OPTIONS: ReadonlySet<string> = new Set<keyof RecoveryOptions>(["signal", "deep"]);

/** Throws `invalid_option`. */
export function checkRecoveryOptions(options: RecoveryOptions): void {
  checkCallOptions("recover", options, OPTIONS);
  booleanOption("deep", options.deep);
}

type Tally = {
  -readonly [Member in keyof RecoveryReport]: RecoveryReport[Member] extends number
    ? number
    : { agentName: string; error: TenureError }[];
};

/**
 * One recovery sweep over the scope: ends unfinished intents, records stamped agents that the registry does not know (P9), removes copies that late writes
 * left, and notes registered revisions that are gone. Any process may run it at any time; agents that somebody is changing are left alone.
 */
export async function recoverScope(context: ProtocolContext, options: RecoveryOptions = {}): Promise<RecoveryReport> {
  const tally: Tally = { examined: 0, adopted: 0, duplicatesRemoved: 0, missing: 0, busy: 0, failed: [] };
  const signal = options.signal ?? new AbortController().signal;
  const sweep: Sweep = { context, tally, signal, deep: options.deep ?? false };
  for (const name of await namesWithIntents(context)) {
    await underLease(sweep, keyOf(context, name), async (held, key) => {
      tally.examined += 1;
      await finishIntents(context, { key, held, signal });
    });
  }
  const seen = new Set<string>();
  for await (const agent of context.options.service.listAgents({ signal })) {
    const name = await ownerName(sweep, agent);
    if (name === undefined || (await wasReleased(context, name))) continue;
    seen.add(name);
    await compareAgent(sweep, keyOf(context, name), agent);
  }
  await noteMissing(sweep, seen);
  await tellOfMoves(sweep);
  return tally;
}

interface Sweep {
  readonly context: ProtocolContext;
  readonly tally: Tally;
  readonly signal: AbortSignal;
  readonly deep: boolean;
}

function keyOf(context: ProtocolContext, name: string): AgentKey {
  return { location: context.options.service.location, scope: context.options.scope, name };
}

/** Released, and not taken back: a record counts more than the note. */
async function wasReleased(context: ProtocolContext, name: string): Promise<boolean> {
  const key = keyOf(context, name);
  const { registry } = context.options;
  return (await registry.agents.get({ key })) === undefined && isReleased(registry, key);
}

async function namesWithIntents(context: ProtocolContext): Promise<ReadonlySet<string>> {
  const { registry, service, scope } = context.options;
  const names = new Set<string>();
  for await (const intent of eachItem((cursor) => registry.intents.list({ location: service.location, scope, cursor })))
    names.add(intent.key.name);
  return names;
}

/** Runs the body under the agent's lease, unless somebody living has it. A failure is kept for the report. */
async function underLease(
  sweep: Sweep,
  key: AgentKey,
  body: (held: HeldLease, key: AgentKey) => Promise<void>,
): Promise<void> {
  try {
    const held = await claimNow(sweep.context, agentResource(key), key.name, sweep.signal);
    if (held === undefined) {
      sweep.tally.busy += 1;
      return;
    }
    try {
      await body(held, key);
    } finally {
      await held.release();
    }
  } catch (thrown) {
    if (sweep.signal.aborted) throw thrown;
    sweep.tally.failed.push({ agentName: key.name, error: TenureError.from(thrown) });
  }
}

/** The name under which this scope owns the agent, if it does. An edit elsewhere may have put an unstamped version on top. */
async function ownerName(sweep: Sweep, agent: RemoteAgent): Promise<string | undefined> {
  const { registry, service, scope } = sweep.context.options;
  const { stamp } = agent.latest;
  if (stamp !== undefined) return stamp.scope === scope ? stamp.agentName : undefined;
  const serviceKey = service.toServiceKey(agent.serviceName);
  if (serviceKey !== undefined) {
    const record = await registry.agents.getByServiceKey({ location: service.location, serviceKey });
    if (record !== undefined) return record.key.scope === scope ? record.key.name : undefined;
  }
  if (!sweep.deep) return undefined;
  for await (const revision of service.listRevisions({ serviceName: agent.serviceName, signal: sweep.signal })) {
    if (revision.stamp?.scope === scope) return revision.stamp.agentName;
  }
  return undefined;
}

async function compareAgent(sweep: Sweep, key: AgentKey, agent: RemoteAgent): Promise<void> {
  const { registry } = sweep.context.options;
  if (!sweep.deep && isOurStamp(agent.latest.stamp, key)) {
    const known = await registry.agents.getRevision({ key, fingerprint: agent.latest.stamp.fingerprint });
    if (known !== undefined && known.state !== "deleted" && known.remote.id === agent.latest.ref.id) return;
  }
  await underLease(sweep, key, async (held) => {
    const copies: RemoteRevision[] = [];
    for await (const revision of sweep.context.options.service.listRevisions({
      serviceName: agent.serviceName,
      signal: sweep.signal,
    })) {
      if (isOurStamp(revision.stamp, key)) copies.unshift(revision);
    }
    // Oldest copies come first, so of several the oldest is the one that is recorded.
    for (const copy of copies) {
      const became = await settleCopy(sweep.context, { key, held, copy, signal: sweep.signal });
      if (became === "recorded") sweep.tally.adopted += 1;
      if (became === "removed") sweep.tally.duplicatesRemoved += 1;
    }
  });
}

/** Registered revisions of agents that the service's list did not show, looked up one by one: a list may be stale. */
async function noteMissing(sweep: Sweep, seen: ReadonlySet<string>): Promise<void> {
  const { context, tally, signal } = sweep;
  const { registry, service, scope } = context.options;
  for await (const agent of eachItem((cursor) => registry.agents.list({ location: service.location, scope, cursor }))) {
    if (seen.has(agent.key.name) && !sweep.deep) continue;
    await underLease(sweep, agent.key, async (held, key) => {
      for await (const revision of liveRevisions(registry, key)) {
        if ((await service.getRevision({ ref: revision.remote, signal })) !== undefined) continue;
        await registry.agents.updateRevision({
          lease: held.lease,
          key,
          fingerprint: revision.fingerprint,
          state: "deleted",
        });
        context.emit({
          type: "revision.missing",
          agentName: key.name,
          fingerprint: revision.fingerprint,
          remote: revision.remote,
          cause: "recovery",
        });
        tally.missing += 1;
      }
    });
  }
}

/**
 * A transfer that was interrupted is ended by whoever ordered it, not by a sweep: it gives away what is ours. Until then neither scope may have the agent, and nobody
 * but the sweep would say so. One that is under way has its lease.
 */
async function tellOfMoves(sweep: Sweep): Promise<void> {
  const { registry, service, scope } = sweep.context.options;
  const { location } = movingKey({ location: service.location, scope, name: "" });
  for await (const { key: place } of eachItem((cursor) => registry.agents.list({ location, scope, cursor })))
    await underLease(sweep, keyOf(sweep.context, place.name), async () => {
      const note = await registry.agents.get({ key: place });
      const { whole, toScope } = note?.settings ?? {};
      if (whole !== true || typeof toScope !== "string") return;
      throw new TenureError(
        "scope_conflict",
        `The agent "${place.name}" is on its way from scope "${scope}" to "${toScope}": that transfer was interrupted.`,
        { details: { owner: { scope: toScope, agentName: place.name } }, hint: `Transfer it to "${toScope}" again.` },
      );
    });
}
