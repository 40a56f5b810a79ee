import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { TenureError } from "../../src/errors/index.ts";
import { PROTOCOL_STEPS, ProtocolSteps } from "../../src/manager/protocol/steps.ts";
import { REVISION_TRANSITIONS } from "../../src/registry/contract/index.ts";
import { openWorld } from "../support/world.ts";

const document = readFileSync(new URL("../../docs/guarantees.md", import.meta.url), "utf8");

/** A table of the document below a heading: first cell -> the names in the second. */
function tableBelow(heading: string): Record<string, readonly string[]> {
  const section = document.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return Object.fromEntries(
    rows.map((row) => {
      const [, from = "", to = ""] = row.split("|");
      return [from.trim().replaceAll("`", ""), [...to.matchAll(/`([a-z-]+)`/g)].map((match) => match[1] ?? "")];
    }),
  );
}

test("the steps in docs/guarantees.md are those of the code", () => {
  assert.deepEqual(tableBelow("Steps"), PROTOCOL_STEPS);
});

test("the states of a revision in docs/guarantees.md are those of the code", () => {
  assert.deepEqual(tableBelow("States of a revision"), REVISION_TRANSITIONS);
});

test("an illegal step is refused", () => {
  const steps = new ProtocolSteps("analyst");
  assert.throws(
    () => steps.enter("write"),
    (error) => error instanceof TenureError && error.code === "internal",
  );
});

test("a first resolution goes from step to step in order, a hit through none, and a changed one looks again under the lease", async () => {
  const walked: string[] = [];
  const listen = (message: unknown): void => void walked.push((message as { step: string }).step);
  subscribe("tenure:protocol-step", listen);
  try {
    await using world = await openWorld();
    const manager = world.manager();
    await manager.getOrCreateAgent({ agentName: "stepper", instructions: "Walk." });
    const first = ["look-up", "claim", "intend", "ask", "write", "commit", "release", "end"];
    assert.deepEqual(walked, first);
    await manager.getOrCreateAgent({ agentName: "stepper", instructions: "Walk." });
    assert.deepEqual(walked, first);
    walked.length = 0;
    await manager.getOrCreateAgent({ agentName: "stepper", instructions: "Run." });
    // Only the first lease there ever was needs no second look at the registry.
    assert.deepEqual(walked, [...first.slice(0, 2), "recheck", "recover", ...first.slice(2)]);
  } finally {
    unsubscribe("tenure:protocol-step", listen);
  }
});
