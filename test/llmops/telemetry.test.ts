import assert from "node:assert/strict";
import { test } from "node:test";
import type { MeterProvider, TracerProvider } from "@opentelemetry/api";
import * as conventions from "@opentelemetry/semantic-conventions/incubating";
import { defineTool } from "../../src/config/index.ts";
import { type BudgetRule, createLlmops, type LlmopsOptions } from "../../src/llmops/index.ts";
import { type AgentRegistry, agentResource, type Lease } from "../../src/registry/contract/index.ts";
import { MemoryRegistry } from "../../src/registry/memory/index.ts";
import { type AgentWorld, openAgentWorld } from "../agent/agent-world.ts";
import { decorateRegistry } from "../support/decorated-registry.ts";
import { type OtlpReceiver, type ReceivedPoint, startOtlpReceiver } from "./support/otlp-receiver.ts";
import { startTelemetrySdk, type TelemetrySdk } from "./support/telemetry-sdk.ts";

interface Scene extends AsyncDisposable {
  readonly world: AgentWorld;
  readonly receiver: OtlpReceiver;
  readonly sdk: TelemetrySdk;
  readonly llmops: ReturnType<typeof createLlmops>;
}

async function openScene(
  telemetry: Exclude<LlmopsOptions["telemetry"], false> = {},
  registry?: AgentRegistry,
): Promise<Scene> {
  const receiver = await startOtlpReceiver();
  const sdk = startTelemetrySdk(receiver.url);
  const world = await openAgentWorld(registry === undefined ? {} : { manager: { registry, recoverOnStart: true } });
  const { tracerProvider, meterProvider } = sdk;
  const llmops = createLlmops({ telemetry: { tracerProvider, meterProvider, ...telemetry } });
  return {
    world,
    receiver,
    sdk,
    llmops,
    async [Symbol.asyncDispose]() {
      await llmops.flush();
      await world[Symbol.asyncDispose]();
      await sdk.close();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

const getPrice = defineTool({
  name: "get_price",
  description: "The price of a share.",
  parameters: {
    type: "object",
    properties: { symbol: { type: "string" } },
    required: ["symbol"],
    additionalProperties: false,
  },
  handler: ({ symbol }) => `${typeof symbol === "string" ? symbol : "nothing"} costs 181.46 dollars`,
});

/** Every name that the conventions know. */
const KNOWN: ReadonlySet<string> = new Set<string>(
  Object.values(conventions).filter((value) => typeof value === "string"),
);

function attributesOf(points: readonly ReceivedPoint[] | undefined): readonly Readonly<Record<string, unknown>>[] {
  return points?.map(({ attributes }) => attributes) ?? [];
}

test("a run with a tool gives the spans of the GenAI conventions, collected over OTLP", async () => {
  await using scene = await openScene();
  const observation = await scene.llmops.observe(scene.world.manager);
  const agent = scene.world.agent({ ...scene.llmops.stages, tools: [getPrice] });
  const response = await agent.run('call get_price {"symbol":"NVDA"}', { userId: "u1" });
  assert.ok(response.success, response.error?.message);
  await scene.sdk.flush();
  observation.stop();

  const { spans } = scene.receiver;
  assert.deepEqual(spans.map(({ name }) => name).sort(), [
    "chat gpt-4.1",
    "chat gpt-4.1",
    "create_agent analyst",
    "execute_tool get_price",
    "invoke_agent analyst",
  ]);
  const of = (name: string): (typeof spans)[number] =>
    spans.find((span) => span.name.startsWith(name)) ?? assert.fail(name);
  const [invoke, chat, tool, create] = [of("invoke_agent"), of("chat"), of("execute_tool"), of("create_agent")];

  // SPAN_KIND_CLIENT is 3 in OTLP, INTERNAL 1.
  assert.deepEqual([create.kind, invoke.kind, chat.kind, tool.kind], [3, 3, 3, 1]);
  for (const child of spans.filter(({ name }) => /^(chat|execute_tool)/.test(name))) {
    assert.equal(child.parentSpanId, invoke.spanId);
    assert.equal(child.traceId, invoke.traceId);
  }
  for (const span of spans) {
    assert.equal(span.attributes[conventions.ATTR_GEN_AI_OPERATION_NAME], span.name.split(" ")[0]);
    assert.equal(span.attributes[conventions.ATTR_GEN_AI_PROVIDER_NAME], "azure.ai.inference");
    assert.equal(span.attributes[conventions.ATTR_GEN_AI_AGENT_NAME], "analyst");
    for (const name of Object.keys(span.attributes))
      assert.ok(KNOWN.has(name) || name.startsWith("tenure."), `${name} is in the conventions`);
    assert.ok(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano));
    assert.equal(span.status?.code ?? 0, 0);
  }
  const port = Number(new URL(scene.world.emulator.endpoint).port);
  assert.equal(invoke.attributes[conventions.ATTR_SERVER_ADDRESS], "localhost");
  assert.equal(invoke.attributes[conventions.ATTR_SERVER_PORT], port);
  assert.equal(invoke.attributes[conventions.ATTR_GEN_AI_AGENT_VERSION], "1");
  assert.equal(invoke.attributes[conventions.ATTR_GEN_AI_USAGE_INPUT_TOKENS], response.metrics.tokens.inputTokens);
  assert.equal(invoke.attributes[conventions.ATTR_GEN_AI_USAGE_OUTPUT_TOKENS], response.metrics.tokens.outputTokens);
  assert.equal(invoke.attributes["tenure.cost"], response.metrics.costUsd);
  assert.equal(chat.attributes[conventions.ATTR_GEN_AI_REQUEST_MODEL], "gpt-4.1");
  assert.equal(create.attributes[conventions.ATTR_GEN_AI_REQUEST_MODEL], "gpt-4.1");
  assert.match(String(chat.attributes[conventions.ATTR_GEN_AI_RESPONSE_ID]), /^resp_/);
  assert.match(String(chat.attributes[conventions.ATTR_GEN_AI_CONVERSATION_ID]), /^conv_/);
  assert.deepEqual(chat.attributes[conventions.ATTR_GEN_AI_RESPONSE_FINISH_REASONS], ["stop"]);
  assert.equal(tool.attributes[conventions.ATTR_GEN_AI_TOOL_NAME], "get_price");
  assert.match(String(tool.attributes[conventions.ATTR_GEN_AI_TOOL_CALL_ID]), /^call_/);
  assert.equal(invoke.events.filter(({ name }) => name === "gen_ai.evaluation.result").length, 5);
  assert.doesNotMatch(JSON.stringify(spans), /NVDA|181\.46/, "no content unless it is asked for");
});

test("the trace context goes to the service with each model call", async () => {
  await using scene = await openScene();
  const agent = scene.world.agent(scene.llmops.stages);
  assert.ok((await agent.run("Hello")).success);
  await scene.sdk.flush();
  const chat = scene.receiver.spans.find(({ name }) => name.startsWith("chat"));
  const [asked] = scene.world.requests("POST", /\/responses$/);
  assert.equal(asked?.traceparent, `00-${chat?.traceId}-${chat?.spanId}-01`);
});

test("metrics of runs and lifecycle have the names, units, labels and boundaries that they should", async () => {
  await using scene = await openScene();
  const observation = await scene.llmops.observe(scene.world.manager);
  const agent = scene.world.agent(scene.llmops.stages);
  for (let run = 0; run < 3; run += 1) assert.ok((await agent.run(`Question ${run}`)).success);
  for (let use = 0; use < 7; use += 1)
    await scene.world.manager.getOrCreateAgent({ agentName: "analyst", instructions: "Be brief." });
  await scene.sdk.flush();
  observation.stop();

  const { metrics } = scene.receiver;
  const duration = metrics.get(conventions.METRIC_GEN_AI_CLIENT_OPERATION_DURATION);
  assert.deepEqual([duration?.unit, duration?.type], ["s", "histogram"]);
  assert.deepEqual(
    duration?.points[0]?.bounds,
    [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
  );
  assert.deepEqual(
    new Set(attributesOf(duration.points).map((labels) => labels["gen_ai.operation.name"])),
    new Set(["chat", "invoke_agent"]),
  );
  const tokens = metrics.get(conventions.METRIC_GEN_AI_CLIENT_TOKEN_USAGE);
  assert.deepEqual([tokens?.unit, tokens?.type], ["{token}", "histogram"]);
  assert.deepEqual(tokens?.points.map(({ attributes, count }) => [attributes["gen_ai.token.type"], count]).sort(), [
    ["input", 3],
    ["output", 3],
  ]);
  for (const { points } of metrics.values())
    for (const labels of attributesOf(points)) {
      assert.equal(labels["gen_ai.agent.name"], undefined, "no agent name unless it is asked for");
      for (const name of Object.keys(labels)) assert.ok(KNOWN.has(name) || name.startsWith("tenure."), name);
    }
  const ensures = new Map(
    metrics.get("tenure.ensures")?.points.map(({ attributes, value }) => [attributes["tenure.ensure.outcome"], value]),
  );
  assert.deepEqual([ensures.get("created"), ensures.get("failed")], [1, 0]);
  const { creations, reuses } = scene.world.manager.resolutionCounts();
  assert.equal(creations, 1);
  assert.equal(ensures.get("reused"), reuses);
  assert.equal(metrics.get("tenure.reuse.ratio")?.points[0]?.value, reuses / (reuses + 1));
  assert.deepEqual(
    metrics
      .get("tenure.revisions")
      ?.points.map(({ attributes, value }) => [attributes["tenure.revision.state"], value]),
    [
      ["active", 1],
      ["retiring", 0],
      ["deleted", 0],
    ],
  );
  assert.deepEqual(
    metrics.get("tenure.agents")?.points.map(({ attributes, value }) => [attributes["tenure.agent.kind"], value]),
    [
      ["shared", 1],
      ["ephemeral", 0],
    ],
  );
  assert.equal(metrics.get("tenure.budget.decisions")?.points[0]?.value, 3);
  assert.ok((metrics.get("tenure.cost")?.points[0]?.value ?? 0) > 0);
  assert.equal(
    metrics
      .get("tenure.evaluation.score")
      ?.points.find(({ attributes }) => attributes["tenure.evaluator"] === "overall")?.count,
    3,
  );
});

test("a failed run has the code of its failure on span and metric, and its message only with content", async () => {
  for (const captureContent of [false, true]) {
    await using scene = await openScene({ captureContent });
    const agent = scene.world.agent(scene.llmops.stages);
    const response = await agent.run("emulate failed");
    assert.equal(response.success, false);
    await scene.sdk.flush();
    const invoke = scene.receiver.spans.find(({ name }) => name.startsWith("invoke_agent"));
    assert.equal(invoke?.attributes["error.type"], response.error?.code);
    assert.equal(invoke?.status?.code, 2);
    assert.equal(invoke?.status?.message, captureContent ? response.error?.message : response.error?.code);
    const labels = attributesOf(scene.receiver.metrics.get("gen_ai.client.operation.duration")?.points);
    assert.ok(labels.some((label) => label["error.type"] === response.error?.code));
  }
});

test("an answer that was cut off says by what", async () => {
  await using scene = await openScene();
  const agent = scene.world.agent({ ...scene.llmops.stages, maxOutputTokens: 16 });
  assert.equal((await agent.run("emulate content_filter")).error?.code, "content_filtered");
  assert.equal((await agent.run("word ".repeat(100))).error?.code, "run_incomplete");
  await scene.sdk.flush();
  const reasons = scene.receiver.spans
    .filter(({ name }) => name.startsWith("chat"))
    .map(({ attributes }) => attributes[conventions.ATTR_GEN_AI_RESPONSE_FINISH_REASONS]);
  assert.deepEqual(reasons, [["content_filter"], ["length"]]);
});

test("what the manager meets, how long leases were waited for, and the age of the oldest agent are metrics", async () => {
  const inner = new MemoryRegistry();
  let held: Lease | undefined;
  // Another process holds the agent's lease until somebody else has seen it.
  const registry = decorateRegistry(inner, async (call, proceed) => {
    const result = await proceed();
    if (call === "agents.lookUp" && held !== undefined) {
      const lease = held;
      held = undefined;
      await inner.leases.release({ lease });
    }
    return result;
  });
  await using scene = await openScene({}, registry);
  const { manager, emulator } = scene.world;
  const swept = Promise.withResolvers<void>();
  manager.onEvent(({ type }) => type === "recovery.swept" && swept.resolve());
  const observation = await scene.llmops.observe(manager);
  // The answer to the write is lost: its outcome is unknown until the service is asked.
  emulator.faults([{ method: "POST", path: "/agents|/versions$", effect: "drop-after" }]);
  await manager.getOrCreateAgent({ agentName: "analyst", instructions: "Be brief." });
  await swept.promise;
  const claimed = await inner.leases.claim({
    resource: agentResource(manager.keyOf("analyst")),
    holder: { id: "other", host: "host.invalid", pid: 1 },
    ttlMs: 30_000,
  });
  assert.ok(claimed.outcome === "claimed");
  held = claimed.lease;
  await manager.getOrCreateAgent({ agentName: "analyst", instructions: "Be long." });
  await scene.sdk.flush();
  observation.stop();
  const { metrics } = scene.receiver;
  const events = new Map(
    metrics.get("tenure.events")?.points.map(({ attributes, value }) => [attributes["tenure.event.type"], value]),
  );
  for (const type of ["agent.updated", "write.unknown", "recovery.swept", "lease.waited"])
    assert.ok((events.get(type) ?? 0) >= 1, `${type} of ${JSON.stringify([...events])}`);
  const wait = metrics.get("tenure.lease.wait.duration");
  assert.deepEqual([wait?.unit, wait?.points[0]?.count], ["s", 1]);
  const age = metrics.get("tenure.agent.age.max");
  assert.equal(age?.unit, "s");
  assert.ok((age.points[0]?.value ?? -1) >= 0);
});

test("each decision of a budget is counted with its scope, window and unit", async () => {
  await using scene = await openScene();
  const { tracerProvider, meterProvider } = scene.sdk;
  const rules: readonly BudgetRule[] = [
    { name: "early", window: "day", tokens: 1, onBreach: "warn" },
    { name: "cheap", scope: "agent", window: "total", tokens: 1, onBreach: { degradeTo: "gpt-4.1-mini" } },
    { name: "hard", scope: "user", of: "u9", window: "month", amount: 0 },
  ];
  const { stages } = createLlmops({
    budgets: { rules, maxOutputTokens: 200 },
    telemetry: { tracerProvider, meterProvider },
  });
  const agent = scene.world.agent(stages);
  assert.ok((await agent.run("One")).success);
  assert.equal((await agent.run("Two", { userId: "u9" })).budgetExceeded, true);
  await scene.sdk.flush();
  const decisions = attributesOf(scene.receiver.metrics.get("tenure.budget.decisions")?.points).map((labels) =>
    ["decision", "scope", "window", "unit"].map((part) => labels[`tenure.budget.${part}`]).join(" "),
  );
  assert.deepEqual(decisions.sort(), ["degrade agent total tokens", "stop user month USD"]);
  const warned = scene.world.agent(
    createLlmops({
      budgets: { rules: rules.slice(0, 1), maxOutputTokens: 200 },
      telemetry: { tracerProvider, meterProvider },
    }).stages,
  );
  assert.ok((await warned.run("Three")).success);
  await scene.sdk.flush();
  const labels = attributesOf(scene.receiver.metrics.get("tenure.budget.decisions")?.points);
  assert.ok(labels.some((label) => label["tenure.budget.decision"] === "warn"));
});

test("content is in the spans when it is asked for, cut to its length", async () => {
  await using scene = await openScene({ captureContent: true, maxContentLength: 50 });
  const agent = scene.world.agent({ ...scene.llmops.stages, tools: [getPrice] });
  assert.ok((await agent.run('call get_price {"symbol":"NVDA"}')).success);
  await scene.sdk.flush();
  const invoke = scene.receiver.spans.find(({ name }) => name.startsWith("invoke_agent"));
  assert.deepEqual(JSON.parse(String(invoke?.attributes["gen_ai.input.messages"])), [
    { role: "user", parts: [{ type: "text", content: 'call get_price {"symbol":"NVDA"}' }] },
  ]);
  const tool = scene.receiver.spans.find(({ name }) => name.startsWith("execute_tool"));
  assert.equal(tool?.attributes["gen_ai.tool.call.arguments"], '{"symbol":"NVDA"}');
  assert.equal(tool.attributes["gen_ai.tool.call.result"], "NVDA costs 181.46 dollars");
  const chat = scene.receiver.spans.find(
    ({ name, attributes }) => name.startsWith("chat") && String(attributes["gen_ai.output.messages"]).includes("…"),
  );
  assert.ok(chat !== undefined, "a long answer is cut");
});

test("agent names are labels only behind their option, and only so many", async () => {
  await using scene = await openScene({ agentNames: { max: 2 } });
  for (const agentName of ["a", "b", "c", "d"]) {
    assert.ok((await scene.world.agent({ ...scene.llmops.stages, agentName }).run("Hello")).success);
  }
  await scene.sdk.flush();
  const names = attributesOf(scene.receiver.metrics.get("gen_ai.client.operation.duration")?.points).map(
    (labels) => labels["gen_ai.agent.name"],
  );
  assert.deepEqual([...new Set(names.map(String))].sort(), ["_OTHER", "a", "b"]);
});

test("telemetry that fails changes no run", async () => {
  const broken = (): never => {
    throw new Error("the exporter is broken");
  };
  const span = {
    isRecording: () => true,
    setAttributes: broken,
    setAttribute: broken,
    spanContext: broken,
    end: broken,
  };
  const tracers = [
    { getTracer: broken },
    { getTracer: () => ({ startSpan: broken }) },
    { getTracer: () => ({ startSpan: () => ({ ...span, addEvent: broken, setStatus: broken }) }) },
  ] as unknown as readonly TracerProvider[];
  const meterProvider = { getMeter: broken } as unknown as MeterProvider;
  await using world = await openAgentWorld();
  const options = [...tracers.map((tracerProvider) => ({ tracerProvider })), { meterProvider }];
  for (const telemetry of options) {
    const { stages } = createLlmops({ telemetry });
    const response = await world.agent({ ...stages, tools: [getPrice] }).run('call get_price {"symbol":"NVDA"}');
    assert.ok(response.success, response.error?.message);
    const failed = await world.agent(stages).run("emulate failed");
    assert.equal(failed.error?.code, "run_failed", "the body's failure is told as it is");
  }
});

test("wrong telemetry options are refused", () => {
  for (const telemetry of [
    { agentNames: { max: 0 } },
    { agentNames: { max: 1.5 } },
    { censusMs: 10 },
    { captureContent: "yes" as never },
    { maxContentLength: -1 },
    { captureContents: true } as never,
  ]) {
    assert.throws(() => createLlmops({ telemetry }), { code: "invalid_option" });
  }
});
