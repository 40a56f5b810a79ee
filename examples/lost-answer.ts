/**
 * What happens when the answer to a create is lost: the service made the agent, the connection broke before the caller heard of it.
 * The Azure client repeats the request on its own, and there are two agents. Tenure asks first, and there is one.
 *
 *     npm run build && node examples/lost-answer.ts
 */
import { AgentsClient } from "@azure/ai-agents";
import { ProductionAgentManager } from "tenure";
import { startEmulator } from "tenure/emulator";
import { FoundryAgentService } from "tenure/foundry";

await using emulator = await startEmulator();
const { endpoint, credential, ca } = emulator;

emulator.faults([{ method: "POST", path: "/assistants", effect: "drop-after", times: 1 }]);
const azure = new AgentsClient(endpoint, credential, { tlsOptions: { ca } });
const agent = await azure.createAgent("gpt-4.1", { name: "market_analyst", instructions: "Answer with figures." });
const held = [];
for await (const each of azure.listAgents()) held.push(each.id);
console.log(`The Azure client was given 1 agent (${agent.id.slice(0, 12)}…); the service holds ${held.length}.`);

emulator.clearFaults();
emulator.faults([{ method: "POST", path: "/agents/", effect: "drop-after", times: 1 }]);
await using manager = new ProductionAgentManager({
  service: new FoundryAgentService({ endpoint, credential, ca }),
  model: "gpt-4.1",
});
const managed = await manager.getOrCreateAgent({ agentName: "market_analyst", instructions: "Answer with figures." });
const { agents, versions } = emulator.stats();
console.log(`Tenure was given ${managed.remote.id}; the service holds ${agents} agent with ${versions} version.`);
await manager.cleanupAll();
