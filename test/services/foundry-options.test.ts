import assert from "node:assert/strict";
import { test } from "node:test";
import { FoundryAgentService } from "../../src/services/foundry/index.ts";

const endpoint = "https://acct.services.ai.azure.com/api/projects/p";

const refused: readonly (readonly [options: Record<string, unknown>, message: RegExp])[] = [
  [{ timeoutMs: 0 }, /`timeoutMs` to be a whole number from 1 to 3600000, got 0/],
  [{ timeoutMs: Number.NaN }, /`timeoutMs`.*got NaN/],
  [{ timeoutMs: "30" }, /`timeoutMs`.*got "30"/],
  [{ runTimeoutMs: 1.5 }, /`runTimeoutMs`.*got 1\.5/],
  [{ maxRetries: -1 }, /`maxRetries`.*from 0 to 10, got -1/],
  [{ maxRetries: 11 }, /`maxRetries`.*got 11/],
  [{ maxRetryAfterMs: Number.POSITIVE_INFINITY }, /`maxRetryAfterMs`.*got Infinity/],
  [{ apiVersion: "" }, /`apiVersion` to be a text that is not empty/],
  [{ ca: " " }, /`ca` to be a text/],
  [{ credential: {} }, /`credential` to be a TokenCredential, got object/],
  [{ timeOutMs: 5 }, /`timeOutMs` to be no such option \(known: endpoint, credential/],
];

for (const [options, message] of refused) {
  test(`the option ${Object.keys(options).join()} is refused before anything is sent: ${message.source}`, () => {
    assert.throws(() => new FoundryAgentService({ endpoint, ...options }), { code: "invalid_option", message });
  });
}

test("no options at all are refused as such", () => {
  for (const options of [undefined, null, "https://a"])
    assert.throws(() => Reflect.construct(FoundryAgentService, [options]), {
      code: "invalid_option",
      message: /an object/,
    });
});

test("the endpoint is all that must be given", () => {
  const service = new FoundryAgentService({ endpoint });
  assert.equal(service.location, `foundry:${endpoint}`);
  assert.deepEqual(service.capabilities, { versions: true, uniqueNames: true, maxVersions: 1000 });
});
