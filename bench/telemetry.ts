import { bench, do_not_optimize, run, summary } from "mitata";
import { startEmulator } from "../src/emulator/index.ts";
import { createLlmops } from "../src/llmops/index.ts";
import { AgentManager } from "../src/manager/index.ts";
import { FoundryAgentService } from "../src/services/foundry/index.ts";
import { fiveMembers } from "./configurations.ts";

// What telemetry costs a program that has the API installed and no SDK: a known agent resolved with and without lifecycle metrics (they are observable: the
// limit is 1 microsecond more per resolve), and the span around a run, which is paid once per run and once per model call.

const LIMIT_NS = 1000;
const [WITHOUT, WITH] = ["resolve, without telemetry", "resolve, with lifecycle metrics"];

await using emulator = await startEmulator();
const { endpoint, credential, ca } = emulator;
const open = (): AgentManager =>
  new AgentManager({ service: new FoundryAgentService({ endpoint, credential, ca }), freshMs: 86_400_000 });

await using plain = open();
await using observed = open();
const llmops = createLlmops({ budgets: false, evaluation: false });
const observation = await llmops.observe(observed);
const config = fiveMembers();
const agent = await plain.getOrCreateAgent(config);
await observed.getOrCreateAgent(config);

summary(() => {
  bench(WITHOUT, async () => do_not_optimize(await plain.getOrCreateAgent(config))).baseline();
  bench(WITH, async () => do_not_optimize(await observed.getOrCreateAgent(config)));
});

const { telemetry } = llmops.stages;
if (telemetry === false) throw new Error("no telemetry");
const context = {
  host: plain,
  requestId: "request",
  key: plain.keyOf(agent.agentName),
  agentName: agent.agentName,
  query: "",
  sessionId: "session",
  userId: undefined,
  model: agent.model,
  fingerprint: agent.fingerprint,
  remote: agent.remote,
  startedAt: 0,
  expectedTopics: [],
  signal: new AbortController().signal,
};
const start = { kind: "chat", context, conversationId: undefined, round: 0, streaming: false } as const;
const body = (): Promise<number> => Promise.resolve(1);

summary(() => {
  bench("body of a model call, without telemetry", async () => do_not_optimize(await body())).baseline();
  bench("body of a model call, with span and metrics and no SDK", async () =>
    do_not_optimize(await telemetry.around(start, body)));
});

const { benchmarks } = await run();
observation.stop();
// The lower quartile: what others do on this machine is not the cost of telemetry.
const nanoseconds = (name: string): number =>
  benchmarks.find(({ alias }) => alias === name)?.runs[0]?.stats?.p25 ?? Number.NaN;
const cost = nanoseconds(WITH) - nanoseconds(WITHOUT);
console.log(`lifecycle metrics cost ${cost.toFixed(0)} ns a resolve; the limit is ${LIMIT_NS} ns`);
// Also if nothing was measured.
if (!(cost < LIMIT_NS)) process.exitCode = 1;
