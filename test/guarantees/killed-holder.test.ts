import assert from "node:assert/strict";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import test, { type TestContext } from "node:test";
import { systemRuntime } from "../../src/runtime/index.ts";
import { startProgram } from "../support/child-program.ts";
import { startPostgres } from "../support/postgres.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { openWorld } from "../support/world.ts";
import { openRegistry } from "../../src/manager/index.ts";

const HOLD = new URL("programs/hold.ts", import.meta.url);
const CREATE_MS = 200;

/** The holder dies a quarter into its create; somebody is waiting for it already. */
async function killInTheMiddle(t: TestContext, registry: string): Promise<void> {
  await using world = await openWorld();
  const { emulator } = world;
  emulator.faults([
    { method: "POST", path: "/versions", effect: "delay", delayMs: CREATE_MS, before: true, probability: 1 },
  ]);
  const { token } = await emulator.credential.getToken("https://ai.azure.com/.default");
  const holder = startProgram(HOLD, { endpoint: emulator.endpoint, ca: emulator.ca, token, registry });
  const manager = world.manager({ registry: openRegistry(registry) });
  await manager.listAgents();
  await holder.line((line) => (line as { step?: string }).step === "write");
  const waiting = manager.getOrCreateAgent({ agentName: "analyst", instructions: "Hold." });
  await systemRuntime.sleep(CREATE_MS / 4);
  holder.child.kill("SIGKILL");
  const killedAt = performance.now();
  const agent = await waiting;
  const beyondMs = performance.now() - killedAt - CREATE_MS;
  await holder.ended;
  t.diagnostic(`the next caller had its agent ${beyondMs.toFixed(0)} ms beyond one create of ${CREATE_MS} ms`);
  assert.equal(agent.remote.id, "analyst:1");
  assert.ok(
    world.events.some((event) => event.type === "lease.taken"),
    "the lease was taken from the dead",
  );
  // Before the sweep too, which would remove a duplicate; what the dead holder sent has arrived by then, or never will.
  assert.equal(emulator.stats().versions, 1);
  await manager.recover();
  assert.equal(emulator.stats().versions, 1);
}

test("a holder killed in the middle of its create is noticed at once, on SQLite", async (t) => {
  await using folder = await temporaryFolder();
  await killInTheMiddle(t, join(folder.path, "registry.db"));
});

test("a holder killed in the middle of its create is noticed at once, on PostgreSQL", async (t) => {
  const server = await startPostgres();
  try {
    await killInTheMiddle(t, server.url);
  } finally {
    await server.close();
  }
});
