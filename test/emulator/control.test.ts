import assert from "node:assert/strict";
import { test } from "node:test";
import { openEmulator, promptDefinition } from "../support/emulator-call.ts";

test("the side door opens at the root, beside the projects and below the project, without a token", async () => {
  await using service = await openEmulator();
  for (const prefix of ["", "/api/projects", "/api/projects/emulator"]) {
    const url = new URL(`${prefix}/_emulator/stats`, service.emulator.endpoint);
    const answer = await service.call("GET", url.href, undefined, { authorization: "" });
    assert.equal(answer.status, 200, prefix);
    assert.deepEqual(answer.body, { ...service.emulator.stats() });
  }
  assert.equal((await service.call("GET", "/_emulator/nothing")).status, 404);
});

test("the log has one entry per request to the service, bodies only on request, and none of its own", async () => {
  await using service = await openEmulator();
  await service.call("POST", "/agents/a/versions", { definition: promptDefinition("x") });
  await service.call("GET", "/agents/b");
  await service.call("GET", "/_emulator/stats");
  const log = JSON.parse((await service.call("GET", "/_emulator/requests")).text) as Record<string, unknown>[];
  assert.deepEqual(
    log.map(({ method, path, query, status }) => [method, path, query, status]),
    [
      ["POST", "/api/projects/emulator/agents/a/versions", "?api-version=v1", 200],
      ["GET", "/api/projects/emulator/agents/b", "?api-version=v1", 404],
    ],
  );
  assert.ok(
    log.every((entry) => /^[0-9a-f]{32}$/.test(String(entry.requestId)) && typeof entry.durationMs === "number"),
  );
  assert.ok(log.every((entry) => !("body" in entry)));
  const withBody = JSON.parse((await service.call("GET", "/_emulator/requests?body=true")).text) as unknown[];
  assert.deepEqual(withBody, service.emulator.requests({ body: true }));
  assert.deepEqual((withBody[0] as { body: unknown }).body, { definition: promptDefinition("x") });
});

test("reset empties the project, the totals, the log and the faults", async () => {
  await using service = await openEmulator();
  await service.call("POST", "/agents/a/versions", { definition: promptDefinition("x") });
  service.emulator.faults([{ effect: "drop-before" }]);
  assert.equal((await service.call("POST", "/_emulator/reset")).status, 200);
  const none = { agents: 0, versions: 0, conversations: 0, responses: 0 };
  assert.deepEqual(service.emulator.stats(), { ...none, created: none, deleted: none });
  assert.deepEqual(service.emulator.requests(), []);
  assert.deepEqual(service.emulator.faults(), []);
  assert.equal((await service.call("GET", "/agents/a")).status, 404);
});

test("many callers at once get one agent and as many answers", async () => {
  await using service = await openEmulator();
  const answers = await Promise.all(
    Array.from({ length: 200 }, () =>
      service.call("POST", "/agents/a/versions", { definition: promptDefinition("x") }),
    ),
  );
  assert.ok(answers.every((answer) => answer.status === 200 && answer.body.version === "1"));
  assert.equal(service.emulator.requests().length, 200);
});

test("the log keeps of a very long body only its length", async () => {
  await using service = await openEmulator({ http: true });
  const text = JSON.stringify({ text: "x".repeat(1024 * 1024) });
  await service.call("POST", "/agents/a/versions", text);
  const [entry] = service.emulator.requests({ body: true });
  assert.equal(entry?.body, `(${text.length} characters, not kept)`);
});
