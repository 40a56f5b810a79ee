import {
  type AgentResponse,
  ProductionAgent,
  type ProductionAgentManager,
  type ProgressEvent,
  type RunMetrics,
} from "tenure";
import { fact, say, step, title } from "./output.ts";

/** The budget that holds unless the environment says otherwise. */
const DAILY_TOKENS = process.env["DAILY_TOKEN_BUDGET"] ?? "1000000";

/** Demo 2: two objects of one preset share one agent, and a conversation goes on. */
export async function agentDemo(manager: ProductionAgentManager): Promise<void> {
  title("Demo 2: two objects, one agent, a conversation");
  const options = { manager, onProgress: showProgress };
  const first = ProductionAgent.fromPreset("market_analyst", options);
  const second = ProductionAgent.fromPreset("market_analyst", options);

  step("The first object asks: its agent is made");
  showResponse(
    await first.run("What is NVIDIA's P/E ratio?", { userId: "demo_user", expectedTopics: ["P/E ratio", "NVIDIA"] }),
  );

  step("The second object asks: it finds the agent of the first");
  showResponse(await second.run("What is the market capitalisation of Microsoft?", { userId: "demo_user" }));

  step("A follow-up question to the first: the conversation goes on");
  showResponse(await first.run("How does that compare with AMD?", { userId: "demo_user" }));
  fact("turns known", first.history.length);

  step("Life-cycle statistics");
  const { runs, agentReuses, tokens } = first.getCumulativeStats();
  fact("first object", `${runs} runs, ${agentReuses} of them found the agent, ${tokens.totalTokens} tokens`);
  const { creations, reuses, agents } = await manager.getAgentStats();
  fact(
    "the agent",
    `created ${creations} time, reused ${reuses} times, run ${agents["market_analyst"]?.runs ?? 0} times`,
  );
  const { tokens: used, costUsd = 0 } = agents["market_analyst"] ?? {};
  fact("budget of the day", `${used?.total ?? 0} of ${DAILY_TOKENS} tokens used`);
  fact("cost of all runs", `$${costUsd.toFixed(6)}`);

  step("Clean up");
  await second.cleanup();
  fact("agent deleted", await first.cleanup({ deleteAgent: true }));
}

function showProgress({ status, message }: ProgressEvent): void {
  say(`    [${status}] ${message}`);
}

function showResponse(response: AgentResponse): void {
  if (!response.success) throw new Error(`The run failed: ${response.error.message} (${response.error.hint})`);
  fact("answer", response.response);
  fact("agent reused", response.agentReused);
  showMetrics(response.metrics);
}

function showMetrics({ durationMs, tokens, costUsd, evaluation, qualityLabel }: RunMetrics): void {
  fact("tokens", `${tokens.totalTokens} (${tokens.inputTokens} in, ${tokens.outputTokens} out)`);
  fact("cost", typeof costUsd === "number" ? `$${costUsd.toFixed(6)}` : "the price of this model is not known");
  fact("quality", `${qualityLabel ?? "not measured"} (${evaluation?.score?.toFixed(2) ?? "no score"})`);
  for (const { name, score } of evaluation?.measures ?? []) {
    if (score !== null) fact(`  ${name}`, score.toFixed(2));
  }
  fact("duration", `${durationMs.toFixed(0)} ms`);
}
