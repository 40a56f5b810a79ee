import type { DriftPolicy } from "../../../src/lifecycle/index.ts";
import type { Call } from "../calls.ts";
import { OTHER_SCOPE, SCOPE } from "../scopes.ts";

export function checkDrift(agentName: string, policy: DriftPolicy): Call {
  return {
    call: `check drift of ${agentName}, ${policy}`,
    run: async ({ process }) => {
      const findings: string[] = [];
      await process.orders.run(policy === "revert" ? "revert" : "adopt", agentName, async () => {
        for await (const { source, action } of process.manager.checkDrift({ agentName, policy }))
          findings.push(`${source} ${action}`);
      });
      return findings.join(", ") || "no drift";
    },
  };
}

export function adopt(agentName: string): Call {
  return {
    call: `adopt ${agentName}`,
    run: async ({ process }) =>
      (await process.orders.run("adopt", agentName, () => process.manager.adopt(agentName))).outcome,
  };
}

export function release(agentName: string): Call {
  return {
    call: `release ${agentName}`,
    run: async ({ process }) => {
      await process.orders.run("release", agentName, () => process.manager.release(agentName));
      return "nothing";
    },
  };
}

/** From the caller's scope to the other one of the run. */
export function transfer(agentName: string): Call {
  return {
    call: `transfer ${agentName}`,
    run: async ({ process }) => {
      const toScope = process.scope === SCOPE ? OTHER_SCOPE : SCOPE;
      const { revisions } = await process.orders.run("transfer", agentName, () =>
        process.manager.transfer(agentName, { toScope }),
      );
      return `${revisions.length} revisions moved`;
    },
  };
}
