import assert from "node:assert/strict";
import test from "node:test";
import { openAgentWorld } from "./agent-world.ts";

test("Questions that stand alone see nothing of each other or of the session, run at once, and leave nothing behind", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent({ sessionId: "s1" });
  await agent.run("One");
  const alone = await Promise.all(["Two", "Three"].map((query) => agent.run(query, { standalone: true })));
  for (const { response, metrics } of alone) {
    assert.match(response ?? "", /turn 1\b/);
    assert.notEqual(metrics.sessionId, "s1");
  }
  assert.match((await agent.run("Four")).response ?? "", /turn 2\b/);
  assert.equal(agent.history.length, 4);
  assert.equal(world.emulator.stats().conversations, 1);
  await world.manager.flush();
  const { location } = world.manager.service;
  const { items } = await world.manager.registry.sessions.list({ location, scope: "default" });
  assert.deepEqual(
    items.map(({ sessionId }) => sessionId),
    ["s1"],
  );
});
