import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { readStamp, toServiceMetadata, withoutStamp } from "../../src/services/foundry/stamp.ts";

const stamp = {
  scope: "shop-prod",
  agentName: "market_analyst",
  fingerprint: `v1:${"ab".repeat(32)}`,
  intentId: "i-1",
} as const;
const owned = { ...stamp, ephemeralOwner: "process-7" };

test("a stamp and the caller's tags survive the way through the service's metadata", () => {
  for (const sent of [stamp, owned]) {
    const metadata = toServiceMetadata({ team: "research" }, sent);
    assert.ok(Object.keys(metadata).length <= 7);
    assert.deepEqual(readStamp(metadata), sent);
    assert.deepEqual(withoutStamp(metadata), { team: "research" });
  }
});

test("a stamp that misses any part is no stamp", () => {
  const metadata = toServiceMetadata({}, stamp);
  for (const key of Object.keys(metadata)) {
    const { [key]: _, ...rest } = metadata;
    assert.equal(readStamp(rest), undefined);
    assert.equal(readStamp({ ...metadata, [key]: "" }), undefined);
  }
  assert.equal(readStamp({ ...metadata, tenure_owner: "" }), undefined);
  assert.equal(readStamp({}), undefined);
});

test("a fingerprint that is malformed makes the stamp none, one of a later kind does not", () => {
  const metadata = toServiceMetadata({}, stamp);
  for (const fingerprint of ["v1:", "v1:XYZ", "ab".repeat(32), `v0:${"ab".repeat(32)}`, `v1:${"AB".repeat(32)}`]) {
    assert.equal(readStamp({ ...metadata, tenure_fingerprint: fingerprint }), undefined);
  }
  const later = `v2:${"ab".repeat(32)}`;
  assert.equal(readStamp({ ...metadata, tenure_fingerprint: later })?.fingerprint, later);
});

test("what the service would refuse or cut is refused before it is sent", () => {
  const pairs = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`k${index}`, "v"]));
  assert.equal(Object.keys(toServiceMetadata(pairs, stamp)).length, 16);
  const code = "invalid_option";
  assert.throws(() => toServiceMetadata(pairs, owned), { code, message: /at most 16 pairs.*got 17/ });
  assert.throws(() => toServiceMetadata({ tenure_scope: "other" }, stamp), { code, message: /tenure_scope/ });
  assert.throws(() => toServiceMetadata({ ["k".repeat(65)]: "v" }, stamp), { code, message: /64/ });
  assert.throws(() => toServiceMetadata({ k: "v".repeat(513) }, stamp), {
    code,
    message: /k to have at most 512.*got 513/,
  });
  assert.throws(() => toServiceMetadata({}, { ...stamp, scope: "s".repeat(513) }), { code, message: /tenure_scope/ });
});

test("metadata of any content is read without failing, and never shows a key of ours", () => {
  const keys = fc.oneof(
    fc.string(),
    fc.constantFrom("tenure_scope", "tenure_agent", "tenure_fingerprint", "tenure_intent"),
  );
  fc.assert(
    fc.property(fc.dictionary(keys, fc.string()), (metadata) => {
      readStamp(metadata);
      assert.ok(Object.keys(withoutStamp(metadata)).every((key) => !key.startsWith("tenure_")));
    }),
  );
});
