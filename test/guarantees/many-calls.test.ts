import assert from "node:assert/strict";
import test from "node:test";
import { runProgram } from "../support/child-program.ts";
import { newSchema, postgresUrl } from "../support/shared-postgres.ts";
import { openWorld } from "../support/world.ts";

const PROGRAM = new URL("programs/many-calls.ts", import.meta.url);

test("10,000 concurrent calls for 100 configurations on PostgreSQL make 100 versions, and memory comes back", async (t) => {
  await using world = await openWorld();
  const { emulator } = world;
  const { token } = await emulator.credential.getToken("https://ai.azure.com/.default");
  const [registry, schema] = [await postgresUrl(), newSchema()];
  const place = { endpoint: emulator.endpoint, ca: emulator.ca, token, registry, schema };
  const [line] = await runProgram(PROGRAM, { ...place, calls: 10_000, configurations: 100 });
  const { made, beforeMb, afterMb } = line as { made: number; beforeMb: number; afterMb: number };
  t.diagnostic(`heap before ${beforeMb.toFixed(1)} MB, after ${afterMb.toFixed(1)} MB`);
  assert.equal(made, 100);
  assert.equal(emulator.stats().versions, 200, "100 of the warm-up, 100 of the measured calls");
  // What stays is the 100 agents that are known now; 10,000 kept calls would be several times this.
  assert.ok(afterMb - beforeMb < 3, `the heap grew by ${(afterMb - beforeMb).toFixed(1)} MB`);
});
