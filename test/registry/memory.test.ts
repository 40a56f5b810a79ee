import { test } from "node:test";
import { MemoryRegistry } from "../../src/registry/memory/index.ts";
import { type OpenRegistry, registryConformance } from "../../src/testing/index.ts";
import { ManualRuntime } from "../support/manual-runtime.ts";

const open: OpenRegistry = () => {
  const runtime = new ManualRuntime();
  const registry = new MemoryRegistry({ runtime });
  return Promise.resolve({
    registry,
    connect: () => Promise.resolve(new MemoryRegistry({ runtime, store: registry.store })),
    advance: (ms: number) => runtime.advance(ms),
    [Symbol.asyncDispose]: () => registry.close(),
  });
};

for (const { name, run } of registryConformance) test(`memory registry: ${name}`, () => run(open));
