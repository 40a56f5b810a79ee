import assert from "node:assert/strict";
import { test } from "node:test";
import { TenureError } from "../../src/errors/index.ts";
import { AgentManager, type ManagerOptions, type ResolveOptions } from "../../src/manager/index.ts";
import { openWorld } from "../support/world.ts";

const CONFIG = { agentName: "analyst", instructions: "Answer with figures." } as const;

const WRONG: readonly (readonly [name: string, options: unknown, message: RegExp])[] = [
  ["a misspelt name", { unmanagd: "adopt" }, /Unknown option `unmanagd`/],
  ["a name of the inside", { verify: true }, /Unknown option `verify`/],
  ["a text", "x", /`options` to be an object, got "x"/],
  ["null", null, /`options` to be an object, got null/],
  ["a signal that is none", { signal: {} }, /`signal` to be an AbortSignal, got an object/],
  ["an unknown policy", { unmanaged: "foo" }, /`unmanaged` to be one of .*, got "foo"/],
  ["a policy that is no text", { onChange: 1 }, /`onChange` to be one of .*, got 1/],
  ["a negative time", { timeoutMs: -1 }, /`timeoutMs` to be a whole number from 1 to 3600000, got -1/],
  ["a time that is no number", { timeoutMs: Number.NaN }, /got NaN/],
];

for (const [name, options, message] of WRONG) {
  test(`${name} in the options of a resolution is refused before any I/O, and on a hit too`, async () => {
    await using world = await openWorld();
    const manager = world.manager();
    const calls = [
      () => manager.getOrCreateAgent(CONFIG, options as ResolveOptions),
      () => manager.createEphemeralAgent(CONFIG, options as ResolveOptions),
    ];
    for (const call of calls) await assert.rejects(call, isRefusal(message));
    assert.equal(world.emulator.requests().length, 0);
    const agent = await manager.getOrCreateAgent(CONFIG);
    for (const call of [...calls, () => manager.repair(agent, options as ResolveOptions)])
      await assert.rejects(call, isRefusal(message));
  });
}

test("wrong options of a manager name the option, what was expected and what came", async () => {
  await using world = await openWorld();
  const service = world.service();
  const cases: readonly (readonly [options: unknown, message: RegExp])[] = [
    [{ service, model: 5 }, /`model` to be a text that is not empty, got 5/],
    [{ service, model: "" }, /`model` to be a text/],
    [{ service, leaseMs: Number.NaN }, /`leaseMs` to be a whole number from 1000 to 3600000, got NaN/],
    [{ service, leaseMS: 1_000 }, /Unknown option `leaseMS`/],
    [{ service, registry: {} }, /`registry` to be an object with the method `open`, got an object/],
    [{ service, runtime: {} }, /`runtime` to be an object with the method `monotonic`/],
    [{ service, onEvent: 5 }, /`onEvent` to be a function, got 5/],
    [{ service, recoverOnStart: "yes" }, /`recoverOnStart` to be true or false, got "yes"/],
    [{}, /`service` to be an AgentService, got undefined/],
    [undefined, /`options` to be an object, got undefined/],
  ];
  for (const [options, message] of cases)
    assert.throws(() => new AgentManager(options as ManagerOptions), isRefusal(message));
  await service.close();
});

test("wrong options of clean-up and recovery are refused before any I/O", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  const calls: readonly (readonly [call: (options: never) => Promise<unknown>, name: string])[] = [
    [(options) => manager.cleanupAgent("analyst", options), "cleanupAgent"],
    [(options) => manager.cleanupAll(options), "cleanupAll"],
    [(options) => manager.recover(options), "recover"],
  ];
  for (const [call, name] of calls) {
    await assert.rejects(call(null as never), isRefusal(/`options` to be an object, got null/));
    await assert.rejects(call({ signl: 1 } as never), isRefusal(new RegExp(`Unknown option \`signl\` of \`${name}\``)));
    await assert.rejects(call({ signal: {} } as never), isRefusal(/`signal` to be an AbortSignal/));
  }
  await assert.rejects(manager.recover({ deep: "yes" } as never), isRefusal(/`deep` to be true or false/));
  assert.equal(world.emulator.requests().length, 0);
});

test("a configuration that cannot be read, or is none, is refused as such, and never thrown", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  const boom = new Error("boom");
  const fail = (): never => {
    throw boom;
  };
  const unreadable = [
    Object.defineProperty({}, "agentName", { get: fail, enumerable: true }),
    new Proxy({}, { get: fail }),
  ];
  for (const config of unreadable) {
    const given = manager.getOrCreateAgent(config as never);
    await assert.rejects(given, {
      name: "TenureError",
      code: "invalid_config",
      message: /reading it threw: boom/,
      cause: boom,
    });
  }
  for (const none of [null, 5, () => "source"])
    for (const call of [manager.getOrCreateAgent(none as never), manager.createEphemeralAgent(none as never)])
      await assert.rejects(call, {
        code: "invalid_config",
        message: /to be a configuration object, got (null|5|a function)$/,
      });
  assert.equal(world.emulator.requests().length, 0);
});

function isRefusal(message: RegExp): (thrown: unknown) => boolean {
  return (thrown) => {
    assert.ok(thrown instanceof TenureError, String(thrown));
    assert.equal(thrown.code, "invalid_option");
    assert.match(thrown.message, message);
    return true;
  };
}
