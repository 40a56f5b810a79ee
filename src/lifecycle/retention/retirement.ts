import type { AgentRecord } from "../../registry/contract/index.ts";

/** The rules by which an agent goes as a whole. */
export type Retirement = "idleAgents" | "ephemeral" | "orphans";

/** The rule by which the agent was marked as a whole, if it was: a setting of the agent, so that a run can go on where another was stopped. */
export function retirementOf(agent: AgentRecord): Retirement | undefined {
  const { retirement } = agent.settings;
  return retirement === "idleAgents" || retirement === "ephemeral" || retirement === "orphans" ? retirement : undefined;
}
