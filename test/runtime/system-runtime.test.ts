import assert from "node:assert/strict";
import { test } from "node:test";
import { systemRuntime } from "../../src/runtime/index.ts";

test("ids are version 7 UUIDs, never the same, in the order of their time", () => {
  const ids = Array.from({ length: 1000 }, () => systemRuntime.newId());
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(new Set(ids).size, 1000);
  const millis = ids.map((id) => Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16));
  assert.deepEqual(
    millis,
    millis.toSorted((a, b) => a - b),
  );
});

test("a sleep ends with its signal, at once if it has fired", async () => {
  await assert.rejects(systemRuntime.sleep(60_000, { signal: AbortSignal.abort() }), { code: "aborted" });
  const controller = new AbortController();
  const sleeping = systemRuntime.sleep(60_000, { signal: controller.signal });
  controller.abort();
  await assert.rejects(sleeping, { code: "aborted" });
});

test("a timer that is cancelled does not ring", async () => {
  let rang = false;
  const timer = systemRuntime.setTimer(1, () => (rang = true));
  timer.cancel();
  timer.cancel();
  await systemRuntime.sleep(5);
  assert.equal(rang, false);
});
