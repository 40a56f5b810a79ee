import assert from "node:assert/strict";
import test from "node:test";
import { AgentSessions } from "../../src/agent/index.ts";
import { defineTool } from "../../src/config/index.ts";
import type { EvaluationStage } from "../../src/llmops/stages.ts";
import { MemoryRegistry, MemoryStore } from "../../src/registry/memory/index.ts";
import { ManualRuntime } from "../support/manual-runtime.ts";
import { openAgentWorld } from "./agent-world.ts";

/** Longer than a manager lets what is under way go on. */
const BEYOND_GRACE_MS = 10_001;

test("a manager that closes waits for the runs under way, and counts them", async () => {
  const store = new MemoryStore();
  await using world = await openAgentWorld({ manager: { registry: new MemoryRegistry({ store }) } });
  const asking = Promise.withResolvers<undefined>();
  let runs = 0;
  const agent = world.agent({
    onProgress: ({ status }) => {
      if (status === "running" && (runs += 1) === 2) asking.resolve(undefined);
    },
  });
  await agent.run("One");
  world.emulator.faults([{ method: "POST", path: "/responses", effect: "delay", delayMs: 100, times: 1 }]);
  const running = agent.run("Two");
  await asking.promise;
  await world.manager.close();
  assert.equal((await running).success, true);
  const { agents } = await world.world.manager({ registry: new MemoryRegistry({ store }) }).getAgentStats();
  assert.equal(agents["analyst"]?.runs, 2);
});

test("a run that does not end in time when its manager closes is cut off as closed, and counted as failed", async () => {
  const store = new MemoryStore();
  const runtime = new ManualRuntime();
  const registry = new MemoryRegistry({ store, runtime });
  await using world = await openAgentWorld({ manager: { registry, runtime } });
  const called = Promise.withResolvers<undefined>();
  const hang = defineTool({
    name: "hang",
    description: "Never ends.",
    parameters: { type: "object" },
    handler: () => {
      called.resolve(undefined);
      return new Promise<never>(() => undefined);
    },
  });
  const running = world.agent({ tools: [hang], timeoutMs: 60_000 }).run("call hang {}");
  await called.promise;
  const closed = world.manager.close();
  await new Promise((resolve) => setImmediate(resolve));
  runtime.advance(BEYOND_GRACE_MS);
  const response = await running;
  assert.equal(response.success ? "" : response.error.code, "closed");
  await closed;
  const { agents } = await world.world.manager({ registry: new MemoryRegistry({ store }) }).getAgentStats();
  assert.equal(agents["analyst"]?.runs, 1);
});

test("listeners that reject end neither the run nor the process", async () => {
  // As an `async` function is given by somebody whose compiler does not mind.
  const listener = (): unknown => Promise.reject(new Error("The listener failed."));
  await using world = await openAgentWorld({ manager: { onEvent: listener } });
  assert.equal((await world.agent({ onProgress: listener }).run("One")).success, true);
});

test("a manager that closes waits for evaluations that go on after the response, and gives up those that never end", async () => {
  const runtime = new ManualRuntime();
  await using world = await openAgentWorld({ manager: { runtime } });
  const { registry, service } = world.manager;
  const begun = Promise.withResolvers<undefined>();
  const looked = Promise.withResolvers<undefined>();
  const evaluate: EvaluationStage["evaluate"] = async ({ query }) => {
    if (query === "Never") return new Promise<never>(() => undefined);
    await begun.promise;
    await registry.agents.list({ location: service.location });
    looked.resolve(undefined);
    return { score: 1, label: "Good", measures: [] };
  };
  const agent = world.agent({ evaluation: { mode: "after", evaluate } });
  await agent.run("One");
  await agent.run("Never");
  const closed = world.manager.close();
  await new Promise((resolve) => setImmediate(resolve));
  begun.resolve(undefined);
  await looked.promise;
  await new Promise((resolve) => setImmediate(resolve));
  runtime.advance(BEYOND_GRACE_MS);
  await closed;
  assert.equal(agent.getCumulativeStats().evaluations, 1);
});

test("a manager that closes waits for a session that is being ended", async () => {
  const store = new MemoryStore();
  await using world = await openAgentWorld({ manager: { registry: new MemoryRegistry({ store }) } });
  const name = { agentName: "analyst", sessionId: "s1" };
  await world.agent({ sessionId: "s1" }).run("One");
  world.emulator.faults([{ method: "DELETE", path: "/conversations", effect: "delay", delayMs: 20, times: 1 }]);
  const ending = new AgentSessions({ manager: world.manager }).end(name);
  await world.manager.close();
  assert.equal(await ending, true);
  const later = world.world.manager({ registry: new MemoryRegistry({ store }) });
  assert.deepEqual((await new AgentSessions({ manager: later }).list()).sessions, []);
});
