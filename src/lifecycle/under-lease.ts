import { signalOption } from "../config/option-checks.ts";
import { TenureError, throwIfAborted } from "../errors/index.ts";
import { type ManagerCore, claimOrWait, type Deadline, finishDeletions, type HeldLease } from "../manager/index.ts";
import { type AgentKey, agentResource, type AgentRecord } from "../registry/contract/index.ts";

/** What every long call of the lifecycle can be told. */
export interface LifecycleCallOptions {
  /** Ends the wait. A write that was sent may still have its effect; recovery then ends what was begun. */
  readonly signal?: AbortSignal | undefined;
}

/** One piece of work on an agent, under its lease. */
export interface LeasedWork {
  readonly core: ManagerCore;
  readonly key: AgentKey;
  readonly held: HeldLease;
  readonly deadline: Deadline;
  /** Fires when the caller's signal does, when the manager's `timeoutMs` is over, and when it closes and has waited long enough. */
  readonly signal: AbortSignal;
}

/** The key of an agent of the manager's scope. */
export function keyOf(core: ManagerCore, name: string): AgentKey {
  return { location: core.options.service.location, scope: core.options.scope, name };
}

/**
 * Runs the body under the agent's lease, waiting for whoever holds it. A body whose lease passed on is run again, so it must begin by looking.
 * The manager waits for it when it closes. Rejects with what the body rejects with, `timeout`, `aborted` or `closed`.
 */
export async function underLease<Result>(
  core: ManagerCore,
  params: { readonly key: AgentKey } & LifecycleCallOptions,
  body: (work: LeasedWork) => Promise<Result>,
): Promise<Result> {
  const { key, signal } = params;
  signalOption("signal", signal);
  throwIfAborted(signal);
  return core.work.withDeadline(signal, async (deadline) => {
    for (;;) {
      const held = await claimOrWait(core, { resource: agentResource(key), agentName: key.name, deadline });
      if (held === undefined) continue;
      try {
        return await body({ core, key, held, deadline, signal: deadline.signal });
      } catch (thrown) {
        const { code, details } = TenureError.from(thrown);
        // Where two leases are held, the loss of the outer one is for its own loop.
        if (code !== "lease_lost" || details["resource"] !== held.lease.resource) throw thrown;
        core.emit({ type: "lease.lost", agentName: key.name, fence: held.lease.fence });
      } finally {
        await held.release();
      }
    }
  });
}

/**
 * What others began to delete comes to its end before anything of the agent is held: current, pinned, aliased or protected. Their requests may still arrive and ask
 * nobody (P5). Rejects with the service's error if that cannot be done now.
 */
export function endDeletions({ core, key, held, signal }: LeasedWork): Promise<void> {
  return finishDeletions(core, { key, held, signal });
}

/** The agent's record. Rejects with `agent_not_found`. */
export async function getAgent(core: ManagerCore, key: AgentKey): Promise<AgentRecord> {
  const agent = await core.options.registry.agents.get({ key });
  if (agent !== undefined) return agent;
  throw new TenureError("agent_not_found", `The registry knows no agent "${key.name}" in scope "${key.scope}".`, {
    details: { agentName: key.name, scope: key.scope },
  });
}
