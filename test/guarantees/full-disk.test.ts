import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { SqliteRegistry } from "../../src/registry/sqlite/index.ts";
import { newEvent } from "../../src/testing/registry/fixtures.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { openWorld } from "../support/world.ts";

const KNOWN = { agentName: "analyst", instructions: "Answer with figures." } as const;
const NEW = { agentName: "writer", instructions: "Write." } as const;
const MAX_BYTES = 500_000;

/** Writes until nothing fits any more, in pieces that become smaller. */
async function fill(registry: SqliteRegistry): Promise<void> {
  for (const length of [20_000, 2_000, 200]) {
    const event = { ...newEvent("big", "a", 1), data: { text: "x".repeat(length) } };
    await assert.rejects(
      async () => {
        for (;;) await registry.events.append({ events: [event] });
      },
      { code: "registry_full" },
    );
  }
}

test("with a full disk known agents are given and a new one is an error; with room again it is there once", async () => {
  await using folder = await temporaryFolder();
  await using world = await openWorld();
  const path = join(folder.path, "registry.db");
  const registry = new SqliteRegistry(path, { maxBytes: MAX_BYTES });
  const manager = world.manager({ registry });
  const known = await manager.getOrCreateAgent(KNOWN);
  await manager.flush();
  await fill(registry);
  assert.deepEqual((await manager.getOrCreateAgent(KNOWN)).remote, known.remote);
  await assert.rejects(manager.getOrCreateAgent(NEW), { code: "registry_full" });
  const roomy = world.manager({ registry: new SqliteRegistry(path) });
  // Created if the intent had found no room, adopted if it had and only the commit did not.
  assert.equal((await roomy.getOrCreateAgent(NEW)).remote.id, "writer:1");
  assert.deepEqual((await roomy.getOrCreateAgent(KNOWN)).remote, known.remote);
  assert.equal(world.emulator.stats().versions, 2);
  await registry.events.delete({ location: newEvent("big", "a", 1).location, before: 2 });
});
