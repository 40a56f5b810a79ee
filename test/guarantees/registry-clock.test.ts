import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { AgentRegistry } from "../../src/registry/contract/index.ts";
import { PostgresRegistry } from "../../src/registry/postgres/index.ts";
import { SqliteRegistry } from "../../src/registry/sqlite/index.ts";
import { newSchema, postgresUrl } from "../support/shared-postgres.ts";
import { shiftedClock } from "../support/shifted-clock.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { openWorld } from "../support/world.ts";

const CONFIG = { agentName: "analyst", instructions: "Answer with figures." } as const;
const DAY_MS = 86_400_000;
const CREATE_MS = 200;

/** Resolves when a resolution is about to send its create. */
function isWriting(): Promise<void> {
  return new Promise((resolve) => {
    const listen = (message: unknown): void => {
      if ((message as { readonly step: string }).step !== "write") return;
      unsubscribe("tenure:protocol-step", listen);
      resolve();
    };
    subscribe("tenure:protocol-step", listen);
  });
}

/** The registry's clock is set while one manager's create is under way and another waits for it. */
async function setClock(t: TestContext, open: (clock: () => number) => AgentRegistry, jumpMs: number): Promise<void> {
  await using world = await openWorld();
  const { clock, advance } = shiftedClock();
  world.emulator.faults([
    { method: "POST", path: "/versions", effect: "delay", delayMs: CREATE_MS, before: true, probability: 1 },
  ]);
  const [holder, waiter] = [world.manager({ registry: open(clock) }), world.manager({ registry: open(clock) })];
  await holder.listAgents();
  await waiter.listAgents();
  const writing = isWriting();
  const first = holder.getOrCreateAgent(CONFIG);
  await writing;
  const second = waiter.getOrCreateAgent(CONFIG);
  advance(jumpMs);
  const ids = (await Promise.all([first, second])).map((agent) => agent.remote.id);
  t.diagnostic(`${world.creates()} creates, ${ids.join(" and ")} given`);
  assert.equal(new Set(ids).size, 1, "both are given the same revision");
  // Before the sweep too: who lost its lease takes its late copy back.
  assert.equal(world.emulator.stats().versions, 1);
  for (const manager of [holder, waiter]) assert.deepEqual((await manager.recover()).failed, []);
  assert.equal(world.emulator.stats().versions, 1);
  assert.equal((await waiter.getOrCreateAgent(CONFIG)).remote.id, ids[0]);
  if (jumpMs < 0) assert.equal(world.creates(), 1, "the lease held on");
}

for (const [direction, jumpMs] of [
  ["forward", DAY_MS],
  ["back", -DAY_MS],
] as const) {
  test(`SQLite's clock set ${direction} by a day in the middle of a create leaves one version, and nobody waits for ever`, async (t) => {
    await using folder = await temporaryFolder();
    await setClock(t, (clock) => new SqliteRegistry(join(folder.path, "registry.db"), { clock }), jumpMs);
  });

  test(`PostgreSQL's clock set ${direction} by a day in the middle of a create leaves one version, and nobody waits for ever`, async (t) => {
    const [url, schema] = [await postgresUrl(), newSchema()];
    await setClock(t, (clock) => new PostgresRegistry({ url, schema, clock }), jumpMs);
  });
}
