import assert from "node:assert/strict";
import test from "node:test";
import { ProductionAgent } from "../../src/agent/index.ts";
import type { TenureError } from "../../src/errors/index.ts";
import { withEnv } from "../support/with-env.ts";
import { type AgentWorld, openAgentWorld } from "./agent-world.ts";

function made(world: AgentWorld, options: object): () => unknown {
  return () => new ProductionAgent({ agentName: "a", manager: world.manager, ...options });
}

test("Wrong options are refused at once, naming the option, before any I/O", async () => {
  await using world = await openAgentWorld();
  const cases: readonly [options: object, message: RegExp][] = [
    [{ timeoutMs: 0 }, /`timeoutMs` to be a whole number from 1 to 86400000, got 0$/],
    [{ timeoutMs: Number.NaN }, /`timeoutMs`.*got NaN/],
    [{ maxToolRounds: 1.5 }, /`maxToolRounds`/],
    [{ maxToolRounds: -1 }, /`maxToolRounds`/],
    [{ toolTimeoutMs: "1s" }, /`toolTimeoutMs`.*got "1s"$/],
    [{ maxOutputTokens: 0 }, /`maxOutputTokens`/],
    [{ reuseAgent: "yes" }, /`reuseAgent` to be true or false/],
    [{ onAgentChange: "stay" }, /`onAgentChange` to be one of "move", "pin"/],
    [{ onProgress: {} }, /`onProgress` to be a function/],
    [{ onApproval: true }, /`onApproval` to be a function/],
    [{ userId: "" }, /`userId`/],
    [{ userId: "a\u0000b" }, /`userId`/],
    [{ manager: {} }, /`manager` to be an object with the method `getOrCreateAgent`/],
    [{ budget: { reserv: 1 } }, /`budget` to be an object with the method `reserve`/],
    [{ telemetry: 1 }, /`telemetry`/],
  ];
  for (const [options, message] of cases) {
    assert.throws(
      made(world, options),
      (error: TenureError) => error.code === "invalid_option" && message.test(error.message),
    );
  }
  assert.equal(world.emulator.requests().length, 0);
});

test("Unknown options are refused, so that a misspelt one is not ignored", async () => {
  await using world = await openAgentWorld();
  assert.throws(made(world, { instruction: "x" }), { code: "unknown_field" });
});

test("A question that is none is misuse", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent();
  for (const query of ["", "  ", "\ud800", undefined as unknown as string]) {
    await assert.rejects(agent.run(query), { code: "invalid_option" });
    assert.throws(() => agent.stream(query), { code: "invalid_option" });
  }
  assert.equal(agent.getCumulativeStats().runs, 0);
});

test("Wrong options of a run are misuse", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent();
  const cases: readonly object[] = [
    { timeOutMs: 1 },
    { timeoutMs: -1 },
    { signal: {} },
    { expectedTopics: "P/E" },
    { expectedTopics: [""] },
    { attachments: [{ type: "image" }] },
    { attachments: [{ type: "image", data: new Uint8Array(1) }] },
    { attachments: [{ type: "image", url: "file:///etc/passwd" }] },
    { attachments: [{ type: "video", url: "https://example.com" }] },
    { attachments: [{ type: "file", data: new Uint8Array(1) }] },
    { background: 1 },
  ];
  for (const options of cases) await assert.rejects(agent.run("Hello", options), { code: "invalid_option" });
  assert.equal(world.emulator.requests().length, 0);
});

test("Wrong options of an agent's other calls are misuse", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent();
  for (const options of [null, { signl: 1 }, { signal: {} }]) {
    await assert.rejects(agent.clearHistory(options as never), { code: "invalid_option" });
    await assert.rejects(agent.loadHistory(options as never), { code: "invalid_option" });
  }
  for (const options of [null, { deleteAgnt: true }, { deleteAgent: 1 }])
    await assert.rejects(agent.cleanup(options as never), { code: "invalid_option" });
  assert.throws(() => ProductionAgent.fromPreset("market_analyst", null as never), { code: "invalid_option" });
  assert.equal(world.emulator.requests().length, 0);
  assert.equal(await agent.cleanup(), false, "a refused clean-up has ended nothing");
});

test("An agent whose manager was closed is closed", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent();
  await world.manager.close();
  await assert.rejects(agent.run("Hello"), { code: "closed" });
  assert.throws(() => agent.stream("Hello"), { code: "closed" });
});

test("An agent that was cleaned up is closed", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent();
  await agent.cleanup();
  await assert.rejects(agent.run("Hello"), { code: "closed" });
  assert.throws(() => agent.stream("Hello"), { code: "closed" });
  await assert.rejects(agent.clearHistory(), { code: "closed" });
  assert.equal(await agent.cleanup(), false);
});

test("A preset that does not exist is refused with the list of those that do", () => {
  assert.throws(
    () => ProductionAgent.fromPreset("market_analist" as "market_analyst"),
    (error: TenureError) =>
      error.code === "invalid_option" && /market_analyst.*research_assistant.*technical_advisor/.test(error.message),
  );
});

test("A model that nobody names is refused when the agent is made", async () => {
  await using world = await openAgentWorld();
  const manager = world.world.manager({ model: undefined });
  assert.throws(() => world.agent({ manager }), { code: "model_missing" });
  assert.ok(world.agent({ manager, model: "gpt-4.1" }));
});

test("Without a manager and without an endpoint in the environment the error names both ways out", () => {
  assert.throws(
    () => new ProductionAgent({ agentName: "analyst" }),
    ({ code, hint }: TenureError) => code === "endpoint_missing" && /FOUNDRY_PROJECT_ENDPOINT.*emulator/.test(hint),
  );
});

test("A wrong limit in the environment is refused when the agent is made, unless the agent has no use for it", async () => {
  await using world = await openAgentWorld();
  await withEnv({ DAILY_TOKEN_BUDGET: "many" }, async () => {
    assert.throws(() => world.agent(), { code: "invalid_option", message: /DAILY_TOKEN_BUDGET/ });
    const none = { budget: false, costs: false, evaluation: false, telemetry: false } as const;
    assert.ok((await world.agent(none).run("Hello")).success);
  });
});
