import assert from "node:assert/strict";
import test from "node:test";
import { AgentSessions } from "../../src/agent/index.ts";
import { PostgresRegistry } from "../../src/registry/postgres/index.ts";
import { newSchema, postgresUrl } from "../support/shared-postgres.ts";
import { openAgentWorld } from "./agent-world.ts";

test("Two managers on PostgreSQL run one session one after the other, and list, rename and end it", async () => {
  const place = { url: await postgresUrl(), schema: newSchema() };
  await using world = await openAgentWorld({ manager: { registry: new PostgresRegistry(place) } });
  const other = world.world.manager({ registry: new PostgresRegistry(place) });
  const agents = [world.agent({ sessionId: "s1" }), world.agent({ sessionId: "s1", manager: other })];
  const results = await Promise.all(agents.flatMap((agent, index) => [agent.run(`A${index}`), agent.run(`B${index}`)]));
  assert.deepEqual(
    new Set(results.map(({ response }) => /turn (\d)/.exec(response ?? "")?.[1])),
    new Set(["1", "2", "3", "4"]),
    results.find(({ error }) => error !== undefined)?.error?.message,
  );
  const name = { agentName: "analyst", sessionId: "s1" };
  const sessions = new AgentSessions({ manager: other });
  assert.equal((await sessions.rename({ ...name, title: "Quarter" })).title, "Quarter");
  assert.deepEqual(
    (await sessions.list()).sessions.map(({ title }) => title),
    ["Quarter"],
  );
  assert.equal(await sessions.end(name), true);
  assert.equal(world.emulator.stats().conversations, 0);
});
