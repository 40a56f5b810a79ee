import {
  type AgentResponse,
  defaultLlmops,
  ProductionAgent,
  type ProductionAgentManager,
  type ProgressEvent,
  type RunMetrics,
} from "tenure";
import { fact, say, step, title } from "./output.ts";

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
  for (const { window, used, limit, unit, resetAt } of (await defaultLlmops(manager).budgets?.standings(manager)) ??
    []) {
    const reset = resetAt === undefined ? "" : `, anew at ${new Date(resetAt).toISOString()}`;
    fact(`budget of the ${window}`, `${used} of ${limit} ${unit} used by all agents${reset}`);
  }
  fact("cost of all runs", dollars(agents["market_analyst"]?.costUsd));

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
  fact("cost", dollars(costUsd));
  fact("quality", `${qualityLabel ?? "not measured"} (${evaluation?.score?.toFixed(2) ?? "no score"})`);
  for (const { name, score } of evaluation?.measures ?? []) {
    if (score !== null) fact(`  ${name}`, score.toFixed(2));
  }
  fact("duration", `${durationMs.toFixed(0)} ms`);
}

function dollars(amount: number | null | undefined): string {
  return typeof amount === "number" ? `$${amount.toFixed(6)}` : "the price of this model is not known";
}
