import { TenureError } from "../../../errors/index.ts";
import { auditEvent, liveRevisions } from "../../../manager/index.ts";
import { getAgent, keyOf, underLease } from "../../under-lease.ts";
import type { Fleet } from "../fleet.ts";
import { obstacleTo } from "../plan/retirements.ts";
import type { FleetHost } from "./host.ts";

interface Retiring {
  readonly host: FleetHost;
  readonly fleet: Fleet;
  readonly agentName: string;
  readonly signal: AbortSignal | undefined;
}

/** Marks every live revision for cleanup, which deletes after its grace period unless a use has taken the mark away. */
export async function markAgent({ host, fleet, agentName, signal }: Retiring): Promise<string> {
  const { core } = host;
  const { registry, runtime } = core.options;
  const key = keyOf(core, agentName);
  await core.usage.flush();
  const marked = await underLease(core, { key, signal }, async ({ held }) => {
    const agent = await getAgent(core, key);
    let count = 0;
    for await (const { fingerprint, state } of liveRevisions(registry, key)) {
      if (state !== "active") continue;
      await registry.agents.updateRevision({ lease: held.lease, key, fingerprint, state: "retiring" });
      count += 1;
    }
    const retired = { at: runtime.now(), fleet: fleet.name };
    const data = {
      cause: "fleet",
      evidence: { reason: "not in the file" },
      before: agent.settings["retired"] ?? null,
      after: retired,
    };
    const events = [auditEvent(core, { type: "agent.retired", key, data })];
    await registry.agents.update({ lease: held.lease, key, settings: { retired }, events });
    return count;
  });
  core.known.forget(agentName);
  return `marked, ${marked} revision${marked === 1 ? "" : "s"}`;
}

/**
 * Deletes an agent that the file does not name any more. Pins, protections, sessions and use are read once more, immediately before (P5); the stamps are by
 * the deletion itself, under the agent's lease (P4). Rejects with `plan_stale` if something holds it now.
 */
export async function deleteRetired({ host, fleet, agentName, signal }: Retiring): Promise<string> {
  const { core } = host;
  const key = keyOf(core, agentName);
  const agent = await core.options.registry.agents.get({ key });
  if (agent === undefined) return "gone by now";
  const obstacle = await obstacleTo(core, agent, fleet.policies.retireUnusedForMs);
  if (obstacle !== undefined) throw new TenureError("plan_stale", `"${agentName}" is not deleted: ${obstacle}.`);
  const data = {
    cause: "fleet",
    evidence: { reason: "not in the file", policy: "delete" },
    before: agent.current ?? null,
    after: null,
  };
  await core.options.registry.events.append({ events: [auditEvent(core, { type: "agent.retired", key, data })] });
  return (await host.remove(agentName, { signal })) ? "deleted" : "gone by now";
}
