import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../../src/emulator/index.ts";
import { openEmulator } from "../support/emulator-call.ts";

function createMovedClock(): Clock & { now: number } {
  return {
    now: 1_800_000_000_000,
    nowMs() {
      return this.now;
    },
    sleep: async () => undefined,
  };
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

test("the managed identity endpoint gives a token that the project takes until it runs out", async () => {
  const clock = createMovedClock();
  await using service = await openEmulator({ clock, behaviour: { tokenLifetimeS: 600 } });
  const { IDENTITY_ENDPOINT = "", IDENTITY_HEADER = "" } = service.emulator.env;
  const url = `${IDENTITY_ENDPOINT}?resource=https%3A%2F%2Fai.azure.com&api-version=2019-08-01`;
  const answer = await service.call("GET", url, undefined, { "x-identity-header": IDENTITY_HEADER });
  assert.equal(answer.body.token_type, "Bearer");
  assert.equal(answer.body.expires_on, String(clock.now / 1000 + 600));
  const token = String(answer.body.access_token);
  assert.equal((await service.call("GET", "/agents", undefined, bearer(token))).status, 200);
  clock.now += 600_000;
  const late = await service.call("GET", "/agents", undefined, bearer(token));
  assert.equal(late.status, 401);
  assert.match(late.text, /audience is incorrect \(https:\/\/ai\.azure\.com\)/);
});

test("the managed identity endpoint wants its header", async () => {
  await using service = await openEmulator();
  const { IDENTITY_ENDPOINT = "" } = service.emulator.env;
  assert.equal((await service.call("GET", `${IDENTITY_ENDPOINT}?resource=x`)).status, 401);
});

test("a request without a token, or with one for another resource, is 401", async () => {
  await using service = await openEmulator();
  assert.equal((await service.call("GET", "/agents", undefined, { authorization: "" })).status, 401);
  const other = await service.emulator.credential.getToken("https://management.azure.com/.default");
  assert.equal((await service.call("GET", "/agents", undefined, bearer(other.token))).status, 401);
  const right = await service.emulator.credential.getToken(["https://ai.azure.com/.default"]);
  assert.ok(right.expiresOnTimestamp > Date.now());
  assert.equal((await service.call("GET", "/agents", undefined, bearer(right.token))).status, 200);
});

test("the switch opens the project to requests without a token", async () => {
  await using service = await openEmulator({ http: true, behaviour: { requireToken: false } });
  assert.equal((await service.call("GET", "/agents", undefined, { authorization: "" })).status, 200);
  assert.equal(service.emulator.ca, undefined);
  assert.ok(service.emulator.endpoint.startsWith("http://"));
  assert.ok(!("NODE_EXTRA_CA_CERTS" in service.emulator.env));
});
