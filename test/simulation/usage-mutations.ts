import { edit, type Mutation } from "./mutation.ts";

const USAGE_BUFFER = "manager/usage/usage-buffer.ts";

/** Breakages of how use is counted. */
export const USAGE_MUTATIONS: readonly Mutation[] = [
  {
    name: "count-a-batch-again-after-a-lost-answer",
    promise: "P7",
    seed: 21,
    edits: [
      edit(
        USAGE_BUFFER,
        "usage.add({ processId: process.id, ...batch });",
        "usage.add({ processId: process.id, ...batch, sequence: (this.#sequence += 1) });",
      ),
    ],
  },
  {
    name: "forget-a-batch-that-failed",
    promise: "P7",
    seed: 6,
    edits: [
      edit(USAGE_BUFFER, "      this.#batches.shift();", ""),
      edit(
        USAGE_BUFFER,
        "      await options.registry.usage.add(",
        "      this.#batches.shift();\n      await options.registry.usage.add(",
      ),
    ],
  },
  {
    name: "let-the-last-use-go-back",
    promise: "P7",
    seed: 3,
    edits: [
      edit(
        "registry/memory/usage.ts",
        "lastUsedAt: Math.max(known.lastUsedAt, delta.lastUsedAt),",
        "lastUsedAt: delta.lastUsedAt,",
      ),
    ],
  },
  {
    name: "flush-ten-times-too-late",
    promise: "P7",
    seed: 535,
    edits: [edit(USAGE_BUFFER, "runtime.setTimer(flushMs,", "runtime.setTimer(flushMs * 10,")],
  },
];
