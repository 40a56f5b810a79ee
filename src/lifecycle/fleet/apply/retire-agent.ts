import { TenureError } from "../../../errors/index.ts";
import { auditEvent, type ManagerCore } from "../../../manager/index.ts";
import { mostDeletions } from "../../retention/cleanup.ts";
import { performAgent } from "../../retention/perform.ts";
import type { ResolvedPolicies } from "../../retention/resolved-policies.ts";
import { Tally } from "../../retention/tally.ts";
import { getAgent, keyOf, underLease } from "../../under-lease.ts";
import type { Fleet } from "../fleet.ts";
import { retirementPolicies } from "../plan/retirements.ts";

/** Retires the agents of one application, one after the other: together they may delete so much and no more. */
export class Retirer {
  readonly #core: ManagerCore;
  readonly #fleet: Fleet;
  readonly #policies: ResolvedPolicies;
  #left: number;

  private constructor(core: ManagerCore, fleet: Fleet, params: { policies: ResolvedPolicies; most: number }) {
    this.#core = core;
    this.#fleet = fleet;
    this.#policies = params.policies;
    this.#left = params.most;
  }

  /** Under `retire: "mark"` nothing is ever deleted here. */
  static async open(core: ManagerCore, fleet: Fleet): Promise<Retirer> {
    const policies = retirementPolicies(fleet);
    const most = fleet.policies.retire === "delete" ? await mostDeletions(core, policies) : 0;
    return new Retirer(core, fleet, { policies, most });
  }

  /**
   * One step of an agent that the file does not name any more, by the rules of cleanup: mark, or once the mark is old enough and no use has taken it away,
   * delete. Rejects with `plan_stale` if something holds it now.
   */
  async retire(agentName: string, signal: AbortSignal | undefined): Promise<string> {
    const core = this.#core;
    if ((await core.options.registry.agents.get({ key: keyOf(core, agentName) })) === undefined) return "gone by now";
    await core.usage.flush();
    await this.#note(agentName, signal);
    const tally = new Tally(this.#left);
    try {
      await performAgent({ core, policies: this.#policies, tally, signal }, agentName);
    } finally {
      this.#left -= tally.counts.delete;
      core.known.forget(agentName);
    }
    return told(agentName, tally);
  }

  /** Writes into the record that it is retired as a whole: what cleanup and the next application go on with. */
  async #note(agentName: string, signal: AbortSignal | undefined): Promise<void> {
    const core = this.#core;
    const key = keyOf(core, agentName);
    await underLease(core, { key, signal }, async ({ held }) => {
      const agent = await getAgent(core, key);
      if (agent.settings["retired"] !== undefined) return;
      const retired = { at: core.options.runtime.now(), fleet: this.#fleet.name };
      const evidence = { reason: "not in the file", policy: this.#fleet.policies.retire };
      const data = { cause: "fleet", evidence, before: null, after: retired };
      const events = [auditEvent(core, { type: "agent.retired", key, data })];
      const settings = { retired, retirement: "idleAgents" };
      await core.options.registry.agents.update({ lease: held.lease, key, settings, events });
    });
  }
}

function told(agentName: string, { counts, busy, deferred }: Tally): string {
  if (counts.forget > 0) return "deleted";
  if (deferred > 0) return "due; as many were deleted as `retention.maxPerRun` allows";
  if (counts.mark > 0) return `marked, ${counts.mark} revision${counts.mark === 1 ? "" : "s"}`;
  if (counts.unmark > 0) return "used after it was marked: the mark is taken away";
  if (busy > 0) return "somebody is changing it now: the next run looks again";
  throw new TenureError("plan_stale", `"${agentName}" is not retired: something holds it now.`);
}
