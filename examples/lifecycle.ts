/**
 * What happens to an agent after it was made: a release, a roll-back, an alias that callers go by, and a clean-up that first shows what it would do.
 *
 *     npm run build && node examples/lifecycle.ts
 */
import { ProductionAgentManager } from "tenure";
import { startEmulator } from "tenure/emulator";
import { FoundryAgentService } from "tenure/foundry";

await using emulator = await startEmulator();
const { endpoint, credential, ca } = emulator;
await using manager = new ProductionAgentManager({
  service: new FoundryAgentService({ endpoint, credential, ca }),
  model: "gpt-4.1",
});

const agentName = "market_analyst";
for (const words of ["two sentences", "a table", "a poem"])
  await manager.getOrCreateAgent({ agentName, instructions: `Answer in ${words}.` });

// The newest revision is current until somebody says otherwise. Nobody's callers change: each still gets the revision of its own configuration.
console.log("current:", (await manager.current(agentName))?.remote.id);
console.log("rolled back to:", (await manager.rollback(agentName)).remote.id);

// Callers that have no configuration of their own go by an alias. `expected: 0`: nobody has set it yet.
await manager.setAlias(agentName, "production", { to: 1, expected: 0 });
const agent = await manager.getOrCreateAgent({ agentName, alias: "production" });
console.log("production is:", agent.remote.id);

// Without `apply` it only says what it would do and why. Here that is nothing: whatever was used within the grace period stays, whatever the policy.
const policies = { revisions: { keep: 1, usedWithin: "1h" }, grace: "1h" } as const;
const plan = await manager.cleanup({ policies });
for (const { kind, remote, reason } of plan.actions) console.log(kind, remote?.id, reason);
const report = await manager.cleanup({ policies, apply: true });
console.log("marked:", report.counts.mark, "deleted:", report.counts.delete);

for await (const { type, agentName: name } of manager.events({ agentName })) console.log("trail:", type, name);
await manager.cleanupAll();
console.log(emulator.stats().agents, "agents left");
