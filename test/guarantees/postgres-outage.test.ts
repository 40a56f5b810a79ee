import assert from "node:assert/strict";
import test from "node:test";
import { openRegistry } from "../../src/manager/index.ts";
import { systemRuntime } from "../../src/runtime/index.ts";
import { startProgram } from "../support/child-program.ts";
import { startEmbedded } from "../support/postgres.ts";
import { openWorld } from "../support/world.ts";

const LOAD = new URL("programs/load.ts", import.meta.url);
/** How long the server is away: `TENURE_OUTAGE_SECONDS=10 npm test -- postgres-outage` for the long one. */
const OUTAGE_MS = Number(process.env["TENURE_OUTAGE_SECONDS"] ?? "5") * 1_000;

/** The manager's own limit, see `programs/load.ts`: nobody waits for longer. */
const LIMIT_MS = 20_000;

interface Seen {
  readonly knownFailures: number;
  readonly newErrors: Readonly<Record<string, number>>;
  readonly longestMs: number;
  readonly answeredAt: readonly number[];
  readonly given: readonly (readonly [name: string, ids: readonly string[]])[];
}

test("PostgreSQL stopped under the load of 4 processes: known agents go on, nothing is doubled, lost or stuck", async (t) => {
  await using world = await openWorld();
  const { emulator } = world;
  const { token } = await emulator.credential.getToken("https://ai.azure.com/.default");
  const server = await startEmbedded();
  try {
    const place = { endpoint: emulator.endpoint, ca: emulator.ca, token, registry: server.url };
    const programs = [1, 2, 3, 4].map((number) => startProgram(LOAD, { ...place, number }));
    await Promise.all(programs.map((program) => program.line((line) => (line as { ready?: boolean }).ready === true)));
    await systemRuntime.sleep(500);
    await server.stop();
    const downFrom = systemRuntime.now();
    await systemRuntime.sleep(OUTAGE_MS);
    const downUntil = systemRuntime.now();
    await server.start();
    await systemRuntime.sleep(1_500);
    for (const program of programs) program.child.kill("SIGTERM");
    for (const program of programs) assert.equal(await program.ended, 0, program.errors());
    const seen = programs.map((program) => program.lines().at(-1) as Seen);
    for (const each of seen) {
      t.diagnostic(
        `longest round ${each.longestMs.toFixed(0)} ms, new agents refused meanwhile: ${JSON.stringify(each.newErrors)}`,
      );
      assert.equal(each.knownFailures, 0);
      assert.ok(
        each.answeredAt.some((at) => at > downFrom && at < downUntil),
        "known agents were given while the server was away",
      );
      assert.ok(each.longestMs < LIMIT_MS, `a known agent took ${each.longestMs} ms`);
      for (const code of Object.keys(each.newErrors)) assert.equal(code, "registry_unavailable");
    }
    const refused = seen.flatMap((each) => Object.values(each.newErrors)).reduce((sum, count) => sum + count, 0);
    assert.ok(refused > 0, "new agents were refused while the server was away");
    // Before the sweep, which would remove a duplicate.
    const { agents, versions } = emulator.stats();
    assert.equal(versions, agents, "one version of each agent");
    const manager = world.manager({ registry: openRegistry(server.url), lateMs: 0, timeoutMs: 1 });
    assert.deepEqual((await manager.recover()).failed, []);
    assert.deepEqual(emulator.stats().versions, versions, "the sweep found nothing to remove");
    assert.equal((await manager.listAgents()).length, agents, "each agent has its record");
    for (const [name, ids] of seen.flatMap((each) => each.given)) assert.deepEqual(ids, [`${name}:1`]);
    await manager.close();
  } finally {
    await server.close();
  }
});
