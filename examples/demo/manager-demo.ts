import type { ManagedAgent, ProductionAgentManager } from "tenure";
import { fact, step, title } from "./output.ts";

/** Demo 1: what the manager does with two configurations, from the first call to the last deletion. */
export async function managerDemo(manager: ProductionAgentManager): Promise<void> {
  title("Demo 1: one agent per configuration");
  const analyst = {
    agentName: "demo_market_analyst",
    instructions: "You are a market analyst. Answer with current, sourced figures.",
    enableWebSearch: true,
  };
  const advisor = { agentName: "demo_technical_advisor", instructions: "You give advice on software architecture." };

  step("Two configurations: two agents are made");
  const first = await manager.getOrCreateAgent({ ...analyst, sessionId: "session_001" });
  showAgent(first);
  showAgent(await manager.getOrCreateAgent({ ...advisor, sessionId: "session_002" }));

  step("The first configuration again, for another session: the agent is found");
  const again = await manager.getOrCreateAgent({ ...analyst, sessionId: "session_003" });
  showAgent(again);
  fact("the same agent", again.remote.id === first.remote.id);

  step("Statistics");
  await showStatistics(manager);

  step("Agents of the scope");
  for (const agent of await manager.listAgents()) fact(agent.agentName, `since ${agent.createdAt}`);
  fact("is registered", await manager.isAgentRegistered(analyst.agentName));

  step("Clean up one agent, then all");
  fact(advisor.agentName, (await manager.cleanupAgent(advisor.agentName)) ? "deleted" : "unknown");
  fact("all the others", (await manager.cleanupAll()).deleted.join(", "));
  fact("agents left", (await manager.listAgents()).length);
}

function showAgent(agent: ManagedAgent): void {
  const { name, version } = agent.remote;
  fact(agent.agentName, `${agent.outcome} (${version === undefined ? name : `${name}, version ${version}`})`);
}

async function showStatistics(manager: ProductionAgentManager): Promise<void> {
  const { totalAgents, agents, creations, reuses, reuseRate } = await manager.getAgentStats();
  fact("agents", totalAgents);
  fact("creations", creations);
  fact("reuses", `${reuses} (${Math.round(reuseRate * 100)} %)`);
  for (const [name, usage] of Object.entries(agents)) {
    fact(
      name,
      `uses ${usage.useCount}, sessions ${usage.sessions}, web search ${usage.webSearchEnabled ? "on" : "off"}`,
    );
  }
}
