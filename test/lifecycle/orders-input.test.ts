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

type Order = (manager: ProductionAgentManager) => Promise<unknown>;

/** Calls as somebody without types may make them, and what the message has to name. */
const WRONG: Readonly<Record<string, readonly [order: (manager: never) => Promise<unknown>, named: RegExp]>> = {
  "rollback with a misspelt option": [
    (m: ProductionAgentManager) => m.rollback("a", wrong({ ot: 1 })),
    /`ot` of `rollback`/,
  ],
  "rollback to nothing": [(m: ProductionAgentManager) => m.rollback("a", { to: " " }), /`to`/],
  "rollback with options that are none": [(m: ProductionAgentManager) => m.rollback("a", wrong(3)), /`options`/],
  "pin to half a version": [(m: ProductionAgentManager) => m.pin("a", 1.5), /`revision`/],
  "pin with a misspelt option": [
    (m: ProductionAgentManager) => m.pin("a", 1, wrong({ reson: "x" })),
    /`reson` of `pin`/,
  ],
  "unpin with a signal that is none": [
    (m: ProductionAgentManager) => m.unpin("a", wrong({ signal: "stop" })),
    /`signal`/,
  ],
  "protect until yesterday": [(m: ProductionAgentManager) => m.protect("a", new Date(0)), /`until`/],
  "protect until a number": [(m: ProductionAgentManager) => m.protect("a", wrong(5)), /`until`/],
  "protect for a blank reason": [(m: ProductionAgentManager) => m.protect("a", "1d", { reason: "" }), /`reason`/],
  "unprotect with a misspelt option": [(m: ProductionAgentManager) => m.unprotect("a", wrong({ untl: 1 })), /`untl`/],
  "an alias with spaces": [(m: ProductionAgentManager) => m.setAlias("a", "my alias", { to: 1 }), /alias of 1 to 64/],
  "an alias to nothing": [(m: ProductionAgentManager) => m.setAlias("a", "live", wrong({})), /`to`/],
  "an alias expected at -1": [
    (m: ProductionAgentManager) => m.setAlias("a", "live", { to: 1, expected: -1 }),
    /`expected`/,
  ],
  "an alias that is no text": [(m: ProductionAgentManager) => m.getAlias("a", wrong(7)), /alias of 1 to 64/],
  "an alias to delete that is none": [(m: ProductionAgentManager) => m.deleteAlias("a", ""), /alias of 1 to 64/],
  "promotion without a revision": [(m: ProductionAgentManager) => m.promote("a", wrong({})), /`to`/],
  "promotion behind a gate of 2": [
    (m: ProductionAgentManager) => m.promote("a", { to: 1, gate: { atLeast: 2 } }),
    /`gate.atLeast`/,
  ],
  "promotion behind an empty gate": [
    (m: ProductionAgentManager) => m.promote("a", { to: 1, gate: wrong({}) }),
    /`gate.atLeast`/,
  ],
  "promotion behind a misspelt gate": [
    (m: ProductionAgentManager) => m.promote("a", { to: 1, gate: wrong({ atLeast: 1, mincount: 3 }) }),
    /`mincount` of `gate`/,
  ],
  "a policy for drift that is none": [
    (m: ProductionAgentManager) => m.setDriftPolicy("a", wrong("ignore")),
    /`policy`/,
  ],
  "a check by a policy that is none": [
    (m: ProductionAgentManager) => Array.fromAsync(m.checkDrift({ policy: wrong("ignore") })),
    /`policy`/,
  ],
  "a look for drift with a misspelt option": [
    (m: ProductionAgentManager) => Array.fromAsync(m.drift("a", wrong({ sginal: 1 }))),
    /`sginal` of `drift`/,
  ],
  "a transfer to nowhere": [(m: ProductionAgentManager) => m.transfer("a", wrong({})), /`toScope`/],
  "a transfer to a scope with spaces": [
    (m: ProductionAgentManager) => m.transfer("a", { toScope: "my scope" }),
    /`toScope`/,
  ],
  "an owner without a name": [(m: ProductionAgentManager) => m.describe("a", { owner: " " }), /`owner`/],
  "an adoption for a number": [(m: ProductionAgentManager) => m.adopt("a", { purpose: wrong(1) }), /`purpose`/],
  "a release with a misspelt option": [
    (m: ProductionAgentManager) => m.release("a", wrong({ force: true })),
    /`force` of `release`/,
  ],
  "events since never": [
    (m: ProductionAgentManager) => Array.fromAsync(m.events({ since: new Date(Number.NaN) })),
    /`since`/,
  ],
  "events of a type that is no list": [
    (m: ProductionAgentManager) => Array.fromAsync(m.events({ types: wrong("x") })),
    /`types`/,
  ],
  "events looked for every millisecond": [
    (m: ProductionAgentManager) => Array.fromAsync(m.exportEvents({ pollMs: 1 })),
    /`pollMs`/,
  ],
  "events kept for less than nothing": [(m: ProductionAgentManager) => m.pruneEvents(wrong("-1d")), /`keep`/],
  "a plan by a policy that is none": [
    (m: ProductionAgentManager) => m.plan({ policies: wrong({ idel: "1d" }) }),
    /idel/,
  ],
  "a cleanup by a policy that is none": [
    (m: ProductionAgentManager) => m.cleanup({ apply: true, policies: wrong({ grace: "-1d" }) }),
    /grace/,
  ],
};

function wrong(value: unknown): never {
  return value as never;
}

for (const [name, [order, named]] of Object.entries(WRONG)) {
  test(`${name} is refused before the registry is opened`, async () => {
    await using world = await openLifecycle();
    const manager = world.manager({ registry: new Untouchable() });
    await assert.rejects((order as Order)(manager), (thrown) => {
      assert.ok(thrown instanceof TenureError, String(thrown));
      assert.ok(["invalid_option", "invalid_name", "invalid_config"].includes(thrown.code), thrown.message);
      assert.match(thrown.message, named);
      return true;
    });
  });
}
