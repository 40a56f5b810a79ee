import assert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "node:test";
import { TenureError } from "../../src/errors/index.ts";
import { revisionParams } from "../../src/testing/service/service-under-test.ts";
import { openEmulatedFoundry } from "./emulated-service.ts";
import { json, openScripted, staticCredential } from "./scripted-server.ts";

const AN_HOUR_AGO = Date.now() - 3_600_000;

const useless: readonly (readonly [name: string, credential: { getToken: () => Promise<never> }, message: RegExp])[] = [
  ["that throws", { getToken: () => Promise.reject(new Error("No account.\nat length")) }, /: No account\.$/],
  ["that gives nothing", credentialOf(null), /gave no token/],
  ["that gives an empty token", credentialOf({ token: "", expiresOnTimestamp: 0 }), /empty token/],
  ["that gives a token with a line end", credentialOf({ token: "a\r\nx: y", expiresOnTimestamp: 0 }), /characters/],
  ["whose token has expired", credentialOf({ token: "t", expiresOnTimestamp: AN_HOUR_AGO }), /expired at 20/],
];

function credentialOf(token: unknown): { getToken: () => Promise<never> } {
  return { getToken: () => Promise.resolve(token as never) };
}

for (const [name, credential, message] of useless) {
  test(`with a credential ${name} nothing is sent, and reads, writes and runs reject with unauthorized`, async () => {
    await using foundry = await openScripted((_, response) => json(response, 200, {}), { credential });
    const { service } = foundry;
    const agent = { id: "a:1", name: "a", version: "1" };
    const expected = { code: "unauthorized", message };
    await assert.rejects(service.get({ serviceName: "a" }), expected);
    await assert.rejects(service.createRevision(revisionParams("a")), expected);
    await assert.rejects(service.deleteAgent({ serviceName: "a" }), expected);
    await assert.rejects(service.runs.respond({ agent, input: "Hello?" }), expected);
    assert.deepEqual(foundry.requests, []);
  });
}

test("a token without an expiry is used", async () => {
  const credential = staticCredential("forever", 0);
  await using foundry = await openScripted((_, response) => json(response, 404, { error: { code: "not_found" } }), {
    credential,
  });
  assert.equal(await foundry.service.get({ serviceName: "a" }), undefined);
  assert.equal(foundry.received[0]?.headers.authorization, "Bearer forever");
});

test("one token serves agents and runs, for the audience of Foundry", async () => {
  const scopes: unknown[] = [];
  const getToken = (scope: unknown) => {
    scopes.push(scope);
    return staticCredential().getToken();
  };
  await using foundry = await openScripted(
    (_, response) => json(response, 404, { error: { code: "not_found", message: "Conversation gone." } }),
    { credential: { getToken } },
  );
  await Promise.all([foundry.service.get({ serviceName: "a" }), foundry.service.get({ serviceName: "b" })]);
  assert.equal(await foundry.service.runs.deleteConversation({ conversationId: "conv_1" }), false);
  assert.deepEqual(scopes.flat(), ["https://ai.azure.com/.default"]);
  for (const { headers } of foundry.received) assert.equal(headers.authorization, "Bearer static-token");
});

test("a token that the service no longer takes is unauthorized, with a hint and the request's id", async () => {
  await using foundry = await openEmulatedFoundry();
  await foundry.inject({ on: "read", kind: "unauthorized" });
  await assert.rejects(foundry.service.get({ serviceName: "a" }), (error) => {
    assert.ok(error instanceof TenureError);
    assert.equal(error.code, "unauthorized");
    assert.equal(error.status, 401);
    assert.equal(error.retryable, false);
    assert.match(error.hint, /ai\.azure\.com/);
    assert.notEqual(error.requestId, undefined);
    return true;
  });
});

test("a credential that never answers ends with the time-out, and nothing is sent", async () => {
  const credential = { getToken: () => new Promise<never>(() => {}) };
  await using foundry = await openScripted((_, response) => json(response, 200, {}), { credential, timeoutMs: 20 });
  await assert.rejects(foundry.service.createRevision(revisionParams("a")), { code: "timeout" });
  assert.deepEqual(foundry.requests, []);
});

test("no failure shows the token, however deep one looks", async () => {
  const token = "token-that-nobody-may-see";
  await using foundry = await openScripted((_, response) => response.destroy(), {
    credential: staticCredential(token),
    maxRetries: 0,
  });
  const agent = { id: "a:1", name: "a", version: "1" };
  const failures = await Promise.allSettled([
    foundry.service.get({ serviceName: "a" }),
    foundry.service.runs.respond({ agent, input: "Hello?" }),
  ]);
  for (const failure of failures) {
    assert.equal(failure.status, "rejected");
    assert.ok(!inspect(failure, { depth: 12 }).includes(token));
  }
});

test("a challenge for a fresher token is answered once, for a write too: the service refused before it looked", async () => {
  const claims = Buffer.from('{"access_token":{}}').toString("base64");
  const challenge = `Bearer realm="", error="insufficient_claims", claims="${claims}"`;
  const asked: unknown[] = [];
  const getToken = (_: unknown, options?: { readonly claims?: string }) => {
    asked.push(options?.claims);
    return staticCredential(`token-${asked.length}`).getToken();
  };
  await using foundry = await openScripted(
    (_, response) =>
      json(response, 401, { error: { code: "401", message: "Not fresh." } }, { "www-authenticate": challenge }),
    { credential: { getToken } },
  );
  const outcome = await foundry.service.createRevision(revisionParams("a"));
  assert.equal(outcome.kind === "refused" && outcome.error.code, "unauthorized");
  assert.deepEqual(
    foundry.received.map(({ headers }) => headers.authorization),
    ["Bearer token-1", "Bearer token-2"],
  );
  assert.deepEqual(asked, [undefined, '{"access_token":{}}']);
});
