import assert from "node:assert/strict";
import { test } from "node:test";
import { TenureError } from "../../src/errors/index.ts";
import type { ProductionAgentManager } from "../../src/lifecycle/production-agent-manager.ts";
import { MemoryRegistry } from "../../src/registry/memory/index.ts";
import { openLifecycle } from "./lifecycle-world.ts";

/** A registry that may not be opened: wrong input is refused before. */
class Untouchable extends MemoryRegistry {
  override open(): Promise<void> {
    return Promise.reject(new Error("The registry was opened."));
  }
}

type Order = (m: ProductionAgentManager) => Promise<unknown>;

/** Calls as somebody without types may make them, and what the message has to name. */
const WRONG: Readonly<Record<string, readonly [order: Order, named: RegExp]>> = {
  "rollback with a misspelt option": [(m) => m.rollback("a", wrong({ ot: 1 })), /`ot` of `rollback`/],
  "rollback to nothing": [(m) => m.rollback("a", { to: " " }), /`to`/],
  "rollback with options that are none": [(m) => m.rollback("a", wrong(3)), /`options`/],
  "pin to half a version": [(m) => m.pin("a", 1.5), /`revision`/],
  "pin with a misspelt option": [(m) => m.pin("a", 1, wrong({ reson: "x" })), /`reson` of `pin`/],
  "unpin with a signal that is none": [(m) => m.unpin("a", wrong({ signal: "stop" })), /`signal`/],
  "protect until yesterday": [(m) => m.protect("a", new Date(0)), /`until`/],
  "protect until a number": [(m) => m.protect("a", wrong(5)), /`until`/],
  "protect for a blank reason": [(m) => m.protect("a", "1d", { reason: "" }), /`reason`/],
  "unprotect with a misspelt option": [(m) => m.unprotect("a", wrong({ untl: 1 })), /`untl`/],
  "an alias with spaces": [(m) => m.setAlias("a", "my alias", { to: 1 }), /alias of 1 to 64/],
  "an alias to nothing": [(m) => m.setAlias("a", "live", wrong({})), /`to`/],
  "an alias expected at -1": [(m) => m.setAlias("a", "live", { to: 1, expected: -1 }), /`expected`/],
  "an alias that is no text": [(m) => m.getAlias("a", wrong(7)), /alias of 1 to 64/],
  "an alias to delete that is none": [(m) => m.deleteAlias("a", ""), /alias of 1 to 64/],
  "promotion without a revision": [(m) => m.promote("a", wrong({})), /`to`/],
  "promotion behind a gate of 2": [(m) => m.promote("a", { to: 1, gate: { atLeast: 2 } }), /`gate.atLeast`/],
  "promotion behind an empty gate": [(m) => m.promote("a", { to: 1, gate: wrong({}) }), /`gate.atLeast`/],
  "promotion behind a misspelt gate": [
    (m) => m.promote("a", { to: 1, gate: wrong({ atLeast: 1, mincount: 3 }) }),
    /`mincount` of `gate`/,
  ],
  "a policy for drift that is none": [(m) => m.setDriftPolicy("a", wrong("ignore")), /`policy`/],
  "a check by a policy that is none": [(m) => Array.fromAsync(m.checkDrift({ policy: wrong("ignore") })), /`policy`/],
  "a look for drift with a misspelt option": [
    (m) => Array.fromAsync(m.drift("a", wrong({ sginal: 1 }))),
    /`sginal` of `drift`/,
  ],
  "a transfer to nowhere": [(m) => m.transfer("a", wrong({})), /`toScope`/],
  "a transfer to a scope with spaces": [(m) => m.transfer("a", { toScope: "my scope" }), /`toScope`/],
  "an owner without a name": [(m) => m.describe("a", { owner: " " }), /`owner`/],
  "an adoption for a number": [(m) => m.adopt("a", { purpose: wrong(1) }), /`purpose`/],
  "a release with a misspelt option": [(m) => m.release("a", wrong({ force: true })), /`force` of `release`/],
  "events since never": [(m) => Array.fromAsync(m.events({ since: new Date(Number.NaN) })), /`since`/],
  "events of a type that is no list": [(m) => Array.fromAsync(m.events({ types: wrong("x") })), /`types`/],
  "events looked for every millisecond": [(m) => Array.fromAsync(m.exportEvents({ pollMs: 1 })), /`pollMs`/],
  "events kept for less than nothing": [(m) => m.pruneEvents(wrong("-1d")), /`keep`/],
  "pin to a revision among the options": [(m) => m.pin("a", undefined, wrong({ revision: 3 })), /`revision` of `pin`/],
  "pin with options that are none": [(m) => m.pin("a", 1, wrong(3)), /`options`/],
  "an alias among the options": [(m) => m.setAlias("a", "live", wrong({ to: 1, alias: "b" })), /`alias` of `setAlias`/],
  "a cleanup with misspelt policies": [(m) => m.cleanup(wrong({ apply: true, polices: {} })), /`polices` of `cleanup`/],
  "a cleanup that is perhaps applied": [(m) => m.cleanup({ apply: wrong("yes") }), /`apply`/],
  "a plan of nothing": [(m) => m.plan({ limit: 0 }), /`limit`/],
  "a check of an agent without a name": [(m) => Array.fromAsync(m.checkDrift({ agentName: "" })), /agent/i],
  "a plan by a policy that is none": [(m) => m.plan({ policies: wrong({ idel: "1d" }) }), /idel/],
  "a cleanup by a policy that is none": [(m) => m.cleanup({ apply: true, policies: wrong({ grace: "-1d" }) }), /grace/],
};

test("options that are given as undefined are as good as none", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  await manager.getOrCreateAgent({ agentName: "analyst", instructions: "Be brief." });
  const options = { signal: undefined, reason: undefined };
  await manager.setAlias("analyst", "live", { ...options, to: 1, expected: undefined });
  await manager.promote("analyst", { ...options, to: 1, alias: undefined, gate: undefined });
  await manager.pin("analyst", undefined, { signal: undefined });
  await manager.protect("analyst", undefined, { ...options, revision: undefined });
  await manager.describe("analyst", { signal: undefined, owner: undefined, purpose: null });
  await manager.setDriftPolicy("analyst", undefined, { signal: undefined });
  await manager.plan({ policies: undefined, limit: undefined, signal: undefined });
  await manager.cleanup({ policies: undefined, apply: undefined, signal: undefined });
  for await (const _ of manager.checkDrift({ agentName: undefined, policy: undefined, signal: undefined })) break;
  for await (const _ of manager.events({ agentName: undefined, types: undefined, since: undefined })) break;
});

function wrong(value: unknown): never {
  return value as never;
}

for (const [name, [order, named]] of Object.entries(WRONG)) {
  test(`${name} is refused before the registry is opened`, async () => {
    await using world = await openLifecycle();
    const manager = world.manager({ registry: new Untouchable() });
    await assert.rejects(order(manager), (thrown) => {
      assert.ok(thrown instanceof TenureError, String(thrown));
      assert.ok(["invalid_option", "invalid_name", "invalid_config"].includes(thrown.code), thrown.message);
      assert.match(thrown.message, named);
      return true;
    });
  });
}
