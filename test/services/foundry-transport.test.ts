import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { TenureError } from "../../src/errors/index.ts";
import { startEmulator } from "../../src/emulator/index.ts";
import { type Runtime, systemRuntime } from "../../src/runtime/index.ts";
import { FoundryAgentService } from "../../src/services/foundry/index.ts";
import { createRevision, revisionParams, toArray } from "../../src/testing/service/service-under-test.ts";
import { withEnv } from "../support/with-env.ts";
import { impatientRuntime, openEmulatedFoundry } from "./emulated-service.ts";
import { json, openScripted, staticCredential } from "./scripted-server.ts";

const agent = { id: "a:1", name: "a", version: "1" };

test("over plain http to this machine agents and runs work", async () => {
  await using emulator = await startEmulator({ http: true });
  await using service = new FoundryAgentService({ endpoint: emulator.endpoint, credential: emulator.credential });
  const { ref } = await createRevision(service, revisionParams("plain"));
  assert.equal((await service.runs.respond({ agent: ref, input: "Hello?" })).status, "completed");
});

test("a certificate that is not trusted is told with the way to trust it, and not tried again", async () => {
  const runtime = impatientRuntime();
  await using foundry = await openEmulatedFoundry({ ca: undefined, runtime });
  const expected = (error: unknown): boolean => {
    assert.ok(error instanceof TenureError);
    assert.equal(error.code, "service_unavailable");
    assert.equal(error.retryable, false);
    assert.match(error.message, /certificate of localhost:\d+ is not trusted/);
    assert.match(error.hint, /NODE_EXTRA_CA_CERTS/);
    return true;
  };
  await assert.rejects(foundry.service.get({ serviceName: "a" }), expected);
  await assert.rejects(foundry.service.runs.respond({ agent, input: "Hello?" }), expected);
  const outcome = await foundry.service.createRevision(revisionParams("a"));
  assert.ok(outcome.kind === "unknown" && expected(outcome.error));
  assert.deepEqual(runtime.waitsMs, []);
});

test("a service that cannot be reached is unavailable, by name, after a few tries", async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const runtime = impatientRuntime();
  const endpoint = `http://127.0.0.1:${port}/api/projects/p`;
  await using service = new FoundryAgentService({ endpoint, credential: staticCredential(), runtime });
  const expected = {
    code: "service_unavailable",
    retryable: true,
    message: `127.0.0.1:${port} cannot be reached (ECONNREFUSED).`,
  };
  await assert.rejects(service.get({ serviceName: "a" }), expected);
  assert.equal(runtime.waitsMs.length, 3);
  assert.equal((await service.createRevision(revisionParams("a"))).kind, "unknown");
  assert.equal(runtime.waitsMs.length, 3);
});

test("reads wait longer each time, never quite as long as another caller, or as long as the service says", async () => {
  const runtime = impatientRuntime();
  await using foundry = await openScripted(
    (_, response, index) => json(response, index < 3 ? 503 : 429, {}, index === 3 ? { "retry-after": "7" } : {}),
    { runtime, maxRetries: 4 },
  );
  await assert.rejects(foundry.service.get({ serviceName: "a" }), { code: "service_throttled" });
  const [first = 0, second = 0, third = 0, told, fifth] = runtime.waitsMs;
  assert.ok(first >= 125 && first <= 250, `${first}`);
  assert.ok(second >= 250 && second <= 500, `${second}`);
  assert.ok(third >= 500 && third <= 1000, `${third}`);
  assert.equal(told, 7000);
  assert.equal(fifth, undefined);
  assert.equal(foundry.requests.length, 5);
});

test("a wait that is longer than allowed fails at once and says how long it would be", async () => {
  const runtime = impatientRuntime();
  await using foundry = await openScripted((_, response) => json(response, 429, {}, { "retry-after": "3600" }), {
    runtime,
  });
  await assert.rejects(foundry.service.get({ serviceName: "a" }), {
    code: "service_throttled",
    retryAfterMs: 3_600_000,
  });
  assert.deepEqual(runtime.waitsMs, []);
});

test("a signal ends the wait before the next try", async () => {
  const controller = new AbortController();
  const endings: unknown[] = [];
  const sleep: Runtime["sleep"] = async (ms, options) => {
    setImmediate(() => controller.abort());
    await systemRuntime.sleep(ms, options).catch((error: unknown) => {
      endings.push(error);
      throw error;
    });
  };
  await using foundry = await openScripted((_, response) => json(response, 429, {}, { "retry-after": "25" }), {
    runtime: { ...systemRuntime, sleep },
  });
  await assert.rejects(foundry.service.get({ serviceName: "a", signal: controller.signal }), { code: "aborted" });
  assert.equal(foundry.requests.length, 1);
  assert.equal(endings.length, 1);
});

test("a read that takes too long is timeout and not repeated; a write is unknown", async () => {
  await using foundry = await openScripted(() => {}, { timeoutMs: 30 });
  await assert.rejects(foundry.service.get({ serviceName: "a" }), { code: "timeout", message: /within 30 ms/ });
  const outcome = await foundry.service.createRevision(revisionParams("a"));
  assert.equal(outcome.kind === "unknown" && outcome.error.code, "timeout");
  assert.equal(foundry.requests.length, 2);
});

test("a write is sent once whatever the service asks for, redirects included", async () => {
  const answers: readonly (readonly [status: number, headers: Record<string, string>])[] = [
    [307, { location: "/api/projects/p/elsewhere" }],
    [303, { location: "/api/projects/p/elsewhere" }],
    [429, { "retry-after": "0" }],
    [503, { "retry-after": "0" }],
    [401, { "www-authenticate": "Bearer" }],
  ];
  for (const [status, headers] of answers) {
    await using foundry = await openScripted((_, response) => json(response, status, {}, headers));
    await foundry.service.createRevision(revisionParams("a"));
    assert.deepEqual(foundry.requests, ["POST /agents/a/versions?api-version=v1"], `${status}`);
  }
});

test("an answer that breaks off in the middle is unknown", async () => {
  await using foundry = await openScripted((_, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    response.write('{"object":"agent.version",', () => response.destroy());
  });
  const outcome = await foundry.service.createRevision(revisionParams("a"));
  assert.equal(outcome.kind === "unknown" && outcome.error.code, "service_unavailable");
});

test("a success that does not hold a version is unknown, and one with 201 that does is ok", async () => {
  const version = { object: "agent.version", id: "a:1", name: "a", version: "1", definition: { kind: "prompt" } };
  const bodies = [
    {},
    [],
    null,
    { ...version, name: 1 },
    { ...version, definition: "x" },
    { ...version, version: null },
  ];
  for (const body of bodies) {
    await using foundry = await openScripted((_, response) => json(response, 200, body));
    const outcome = await foundry.service.createRevision(revisionParams("a"));
    assert.equal(outcome.kind === "unknown" && outcome.error.code, "service_protocol", JSON.stringify(body));
  }
  await using foundry = await openScripted((_, response) => json(response, 201, version));
  assert.equal((await foundry.service.createRevision(revisionParams("a"))).kind, "ok");
});

test("a deletion without a body is done, and one that says false found nothing", async () => {
  await using foundry = await openScripted((_, response, index) =>
    index === 0 ? void response.writeHead(204).end() : json(response, 200, { deleted: false }),
  );
  assert.deepEqual(await foundry.service.deleteAgent({ serviceName: "a" }), { kind: "ok", value: "deleted" });
  assert.deepEqual(await foundry.service.deleteAgent({ serviceName: "a" }), { kind: "ok", value: "absent" });
});

test("a project's path, version and agent name reach the service as they are meant", async () => {
  await using foundry = await openScripted((_, response) => json(response, 404, { error: { code: "not_found" } }), {
    apiVersion: "2026-01-01",
    userAgentPrefix: "shop/2.1",
  });
  await foundry.service.getRevision({ ref: { id: "x", name: "a/b?c", version: "@latest" } });
  assert.deepEqual(foundry.requests, ["GET /agents/a%2Fb%3Fc/versions/%40latest?api-version=2026-01-01"]);
  assert.match(foundry.received[0]?.headers["user-agent"] ?? "", /^shop\/2\.1 tenure /);
  await assert.rejects(foundry.service.getRevision({ ref: { id: "x", name: "a" } }), { code: "invalid_option" });
});

test("a proxy is asked for every request that leaves this machine, runs included", async () => {
  const asked: (string | undefined)[] = [];
  const proxy = createServer();
  proxy.on("connect", (request, socket) => {
    asked.push(request.url);
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as AddressInfo;
  await using service = new FoundryAgentService({
    endpoint: "https://acct.services.ai.azure.com/api/projects/p",
    credential: staticCredential(),
    proxyOptions: { host: "http://127.0.0.1", port },
    maxRetries: 0,
  });
  await assert.rejects(service.get({ serviceName: "a" }));
  await assert.rejects(service.runs.respond({ agent, input: "Hello?" }));
  await new Promise((resolve) => proxy.close(resolve));
  assert.deepEqual(asked, ["acct.services.ai.azure.com:443", "acct.services.ai.azure.com:443"]);
});

test("this machine is called without the proxy of the environment", async () => {
  await withEnv({ HTTPS_PROXY: "http://127.0.0.1:9" }, async () => {
    await using foundry = await openEmulatedFoundry();
    assert.equal(await foundry.service.get({ serviceName: "a" }), undefined);
  });
});

test("a list whose cursor does not move ends with an error instead of never", async () => {
  const version = { id: "a:1", name: "a", version: "1", definition: {} };
  const pages = [
    { data: [version], has_more: true, last_id: "a:1" },
    { data: [version], has_more: true },
    { data: [], has_more: true },
    { has_more: false },
  ];
  for (const page of pages) {
    await using foundry = await openScripted((_, response) => json(response, 200, page));
    await assert.rejects(toArray(foundry.service.listRevisions({ serviceName: "a" })), { code: "service_protocol" });
    assert.ok(foundry.requests.length <= 2);
  }
});

test("drafts, and versions that are being deleted, are not listed; an agent without versions counts as absent", async () => {
  const version = (number: string, more: object = {}): object => ({
    id: `a:${number}`,
    name: "a",
    version: number,
    definition: {},
    ...more,
  });
  const data = [version("draft-17"), version("4", { draft: true }), version("3", { status: "deleting" }), version("2")];
  await using foundry = await openScripted((request, response) =>
    request.url?.includes("/versions") === true
      ? json(response, 200, { data, has_more: false })
      : json(response, 200, { name: "a", versions: { latest: null } }),
  );
  const listed = await toArray(foundry.service.listRevisions({ serviceName: "a" }));
  assert.deepEqual(
    listed.map(({ ref }) => ref.id),
    ["a:2"],
  );
  assert.equal(await foundry.service.get({ serviceName: "a" }), undefined);
  assert.equal(foundry.requests[0], "GET /agents/a/versions?api-version=v1&limit=100&order=desc");
});

test("closing cuts what is under way: a read fails, a write is unknown", async () => {
  let arrived = 0;
  const both = Promise.withResolvers<void>();
  await using foundry = await openScripted(
    () => {
      arrived += 1;
      if (arrived === 2) both.resolve();
    },
    { maxRetries: 0 },
  );
  const read = foundry.service.get({ serviceName: "a" });
  const write = foundry.service.createRevision(revisionParams("a"));
  await both.promise;
  await foundry.service.close();
  await assert.rejects(read, { code: "service_unavailable" });
  assert.equal((await write).kind, "unknown");
});
