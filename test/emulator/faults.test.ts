import assert from "node:assert/strict";
import { test } from "node:test";
import { AIProjectClient } from "@azure/ai-projects";
import type { Clock } from "../../src/emulator/index.ts";
import { createTlsFetch } from "../support/tls-fetch.ts";
import { openEmulator, promptDefinition } from "../support/emulator-call.ts";

const create = { definition: promptDefinition("x") };

/** A clock whose sleeps end when told, not when time has passed. */
function createHeldClock(): { clock: Clock; asleep: () => Promise<number>; release: () => void } {
  const sleep = Promise.withResolvers<void>();
  const started = Promise.withResolvers<number>();
  const clock: Clock = {
    nowMs: () => 1_800_000_000_000,
    sleep: (ms, signal) => {
      signal?.addEventListener("abort", () => sleep.reject(new Error("closed")), { once: true });
      started.resolve(ms);
      return sleep.promise;
    },
  };
  return { clock, asleep: () => started.promise, release: () => sleep.resolve() };
}

test("a status fault answers as told, does nothing, and strikes once", async () => {
  await using service = await openEmulator();
  service.emulator.faults([
    { method: "POST", path: "/versions$", effect: "status", status: 429, headers: { "retry-after": "7" } },
  ]);
  const read = await service.call("GET", "/agents");
  assert.equal(read.status, 200);
  const refused = await service.call("POST", "/agents/a/versions", create);
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get("retry-after"), "7");
  assert.equal((refused.body.error as { code: string }).code, "rate_limit_exceeded");
  assert.equal(service.emulator.stats().created.versions, 0);
  assert.equal((await service.call("POST", "/agents/a/versions", create)).status, 200);
});

test("a status fault can carry HTML or JSON of its own", async () => {
  await using service = await openEmulator();
  const html = "<html><body>403 Forbidden</body></html>";
  service.emulator.faults([
    { effect: "status", status: 403, body: html },
    { effect: "status", status: 503, body: { statusCode: 503 } },
    { effect: "status", status: 201, body: {} },
  ]);
  const first = await service.call("GET", "/agents");
  assert.deepEqual([first.status, first.text, first.headers.get("content-type")], [403, html, "text/html"]);
  const second = await service.call("GET", "/agents");
  assert.deepEqual([second.status, second.body], [503, { statusCode: 503 }]);
  assert.equal((await service.call("GET", "/agents")).status, 201);
});

test("drop-before cuts the connection and does nothing; drop-after does it first", async () => {
  await using service = await openEmulator();
  service.emulator.faults([{ effect: "drop-before" }, { effect: "drop-after" }]);
  await assert.rejects(service.call("POST", "/agents/a/versions", create), TypeError);
  assert.equal(service.emulator.stats().created.versions, 0);
  await assert.rejects(service.call("POST", "/agents/a/versions", create), TypeError);
  assert.equal(service.emulator.stats().created.versions, 1);
  assert.deepEqual(
    service.emulator.requests().map(({ status, fault }) => [status, fault]),
    [
      [null, "drop-before"],
      [null, "drop-after"],
    ],
  );
});

test("the Azure client repeats a create whose answer was dropped, and dedupe keeps it one version", async () => {
  await using service = await openEmulator();
  const { emulator } = service;
  emulator.faults([{ method: "POST", effect: "drop-after" }]);
  const client = new AIProjectClient(emulator.endpoint, emulator.credential, {
    tlsOptions: { ca: emulator.ca ?? "" },
    retryOptions: { retryDelayInMs: 1, maxRetries: 1 },
  });
  const version = await client.agents.createVersion("a", { kind: "prompt", model: "m", instructions: "x" });
  assert.equal(version.version, "1");
  assert.equal(emulator.requests().length, 2);
  assert.equal(emulator.stats().created.versions, 1);
});

test("a delay strikes after the effect, which a client that gives up does not undo", async () => {
  const held = createHeldClock();
  await using service = await openEmulator({ clock: held.clock });
  const { emulator } = service;
  emulator.faults([{ method: "POST", effect: "delay", delayMs: 60_000 }]);
  const client = new AbortController();
  const late = createTlsFetch(emulator.ca)(`${emulator.endpoint}/agents/a/versions?api-version=v1`, {
    method: "POST",
    headers: { authorization: "Bearer test" },
    body: JSON.stringify(create),
    signal: client.signal,
  });
  assert.equal(await held.asleep(), 60_000);
  assert.equal(emulator.stats().created.versions, 1);
  client.abort();
  await assert.rejects(late, { name: "AbortError" });
  held.release();
  assert.equal((await service.call("GET", "/agents/a/versions/1")).status, 200);
});

test("a delay set to wait before the effect lets it happen late", async () => {
  const held = createHeldClock();
  await using service = await openEmulator({ clock: held.clock });
  service.emulator.faults([{ method: "POST", effect: "delay", delayMs: 5, before: true }]);
  const late = service.call("POST", "/agents/a/versions", create);
  await held.asleep();
  assert.equal(service.emulator.stats().created.versions, 0);
  held.release();
  assert.equal((await late).status, 200);
  assert.equal(service.emulator.stats().created.versions, 1);
});

test("a status set to strike after the effect answers what is given, and the work is done", async () => {
  await using service = await openEmulator();
  service.emulator.faults([
    { method: "POST", effect: "status", status: 503, after: true, body: { error: { code: "busy" } } },
  ]);
  const answer = await service.call("POST", "/agents/a/versions", create);
  assert.equal(answer.status, 503);
  assert.deepEqual(answer.body, { error: { code: "busy" } });
  assert.equal(service.emulator.stats().created.versions, 1);
  assert.throws(() => service.emulator.faults([{ effect: "drop-before", after: true }]), /after.*effect status/);
});

test("closing ends a delayed request at once", async () => {
  const held = createHeldClock();
  await using service = await openEmulator({ clock: held.clock });
  service.emulator.faults([{ effect: "delay", delayMs: 3_600_000 }]);
  const late = assert.rejects(service.call("GET", "/agents"), TypeError);
  await held.asleep();
  await service.emulator.close();
  await late;
});

test("a stale list misses what was written since, and the write before; a read by name does not", async () => {
  await using service = await openEmulator();
  const names = async (): Promise<unknown[]> => {
    const page = await service.call("GET", "/agents?order=asc");
    return (page.body.data as { name: string; versions: { latest: { version: string } } }[]).map(
      (agent) => `${agent.name}:${agent.versions.latest.version}`,
    );
  };
  await service.call("POST", "/agents/a/versions", create);
  await service.call("POST", "/agents/b/versions", create);
  service.emulator.faults([{ effect: "stale-list", times: 2 }]);
  await service.call("POST", "/agents/a/versions", { definition: promptDefinition("y") });
  await service.call("DELETE", "/agents/b");
  assert.deepEqual(await names(), ["a:1"]);
  assert.equal((await service.call("GET", "/agents/a/versions/2")).status, 200);
  const versions = await service.call("GET", "/agents/a/versions");
  assert.equal((versions.body.data as unknown[]).length, 1);
  assert.deepEqual(await names(), ["a:2"]);
});

test("times counts down, and probability with a seed gives the same chain again", async () => {
  await using service = await openEmulator();
  const chain = async (): Promise<number[]> => {
    service.emulator.clearFaults();
    service.emulator.faults([{ effect: "status", status: 500, probability: 0.5, seed: 42 }]);
    const statuses: number[] = [];
    for (let index = 0; index < 20; index += 1) statuses.push((await service.call("GET", "/agents")).status);
    return statuses;
  };
  const first = await chain();
  assert.deepEqual(new Set(first), new Set([200, 500]));
  assert.deepEqual(await chain(), first);
  service.emulator.clearFaults();
  service.emulator.faults([{ effect: "status", status: 500, times: 2 }]);
  await service.call("GET", "/agents");
  assert.deepEqual(service.emulator.faults(), [{ effect: "status", status: 500, times: 2, struck: 1, remaining: 1 }]);
});

test("a path pattern fits from the root, from the project, with and without the query", async () => {
  await using service = await openEmulator();
  for (const path of ["^/agents$", "^/api/projects/emulator/agents$", "limit=3$", "/agents"]) {
    service.emulator.faults([{ path, effect: "status", status: 418 }]);
    assert.equal((await service.call("GET", "/agents?api-version=v1&limit=3")).status, 418, path);
  }
});

test("faults are set, listed and cleared over HTTP, and a wrong one is refused whole", async () => {
  await using service = await openEmulator();
  const set = await service.call("POST", "/_emulator/faults", [{ method: "GET", effect: "status", status: 500 }]);
  assert.equal(set.status, 200);
  assert.equal((await service.call("GET", "/agents")).status, 500);
  const wrong: readonly [faults: unknown, message: string][] = [
    [{}, "Expected `faults` to be a list, got an object"],
    [[1], "Expected `faults[0]` to be an object, got 1 (number)"],
    [[{}], "Expected `faults[0].effect` to be one of status, delay, drop-before, drop-after, stale-list, got nothing"],
    [
      [{ effect: "explode" }],
      'Expected `faults[0].effect` to be one of status, delay, drop-before, drop-after, stale-list, got "explode"',
    ],
    [[{ effect: "status" }], "Expected `faults[0].status` to be given for the effect status, got nothing"],
    [
      [{ effect: "status", status: 99 }],
      "Expected `faults[0].status` to be a whole number from 200 to 599, got 99 (number)",
    ],
    [[{ effect: "delay" }], "Expected `faults[0].delayMs` to be given for the effect delay, got nothing"],
    [[{ effect: "drop-after", path: "(" }], 'Expected `faults[0].path` to be a regular expression, got "("'],
    [[{ effect: "drop-after", times: 0 }], "Expected `faults[0].times` to be a whole number from 1 up, got 0 (number)"],
    [
      [{ effect: "drop-after", seed: 1 }],
      "Expected `faults[0].seed` to be absent without `probability`, got 1 (number)",
    ],
    [
      [{ effect: "drop-after", paht: "x" }],
      'Expected `faults[0]` to have only method, path, effect, status, headers, body, delayMs, before, after, times, probability, seed, got "paht"',
    ],
    [
      [{ effect: "drop-after" }, { effect: "drop-after", times: 1, probability: 1 }],
      "Expected `faults[1].times` to be absent beside `probability`, got 1 (number)",
    ],
  ];
  await service.call("DELETE", "/_emulator/faults");
  for (const [faults, message] of wrong) {
    const answer = await service.call("POST", "/_emulator/faults", faults);
    assert.equal(answer.status, 400);
    assert.equal((answer.body.error as { message: string }).message, message);
  }
  assert.equal((await service.call("GET", "/_emulator/faults")).text, "[]");
  assert.throws(() => service.emulator.faults([{ effect: "delay" }]), /delayMs/);
});
