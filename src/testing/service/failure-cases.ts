import type { TenureErrorCode } from "../../errors/index.ts";
import type { WriteOutcome } from "../../services/contract/index.ts";
import assert from "node:assert/strict";
import {
  createRevision,
  type FaultKind,
  revisionParams,
  type ServiceCase,
  serviceCase,
  type ServiceUnderTest,
  toArray,
} from "./service-under-test.ts";

interface Expectation {
  readonly fault: FaultKind;
  readonly kind: WriteOutcome<never>["kind"];
  readonly code: TenureErrorCode;
  /** Whether the effect is there all the same. */
  readonly isDone: boolean;
}

/** What each fault of a write is known as. */
const WRITES: readonly Expectation[] = [
  { fault: "answer-lost", kind: "unknown", code: "service_unavailable", isDone: true },
  { fault: "unreadable", kind: "unknown", code: "service_protocol", isDone: false },
  { fault: "request-lost", kind: "unknown", code: "service_unavailable", isDone: false },
  { fault: "server-error", kind: "unknown", code: "service_unavailable", isDone: false },
  { fault: "unavailable", kind: "unknown", code: "service_unavailable", isDone: false },
  { fault: "conflict", kind: "conflict", code: "service_conflict", isDone: false },
  { fault: "throttled", kind: "throttled", code: "service_throttled", isDone: false },
  { fault: "throttled-with-wait", kind: "throttled", code: "service_throttled", isDone: false },
  { fault: "bad-request", kind: "refused", code: "service_refused", isDone: false },
  { fault: "unauthorized", kind: "refused", code: "unauthorized", isDone: false },
  { fault: "forbidden-page", kind: "refused", code: "forbidden", isDone: false },
  { fault: "wrong-endpoint", kind: "refused", code: "wrong_endpoint", isDone: false },
];

function checkRefusal(outcome: WriteOutcome<unknown>, { fault, kind, code }: Expectation): void {
  assert.equal(outcome.kind, kind);
  if (outcome.kind === "ok") return;
  assert.equal(outcome.error.code, code);
  if (outcome.kind === "throttled")
    assert.equal(outcome.retryAfterMs, fault === "throttled-with-wait" ? 20 : undefined);
}

const createCases = WRITES.map((expectation) =>
  serviceCase(`a create that meets ${expectation.fault} is sent once and is ${expectation.kind}`, async (subject) => {
    await subject.inject({ on: "create", kind: expectation.fault });
    checkRefusal(await subject.service.createRevision(revisionParams("once")), expectation);
    assert.equal(await subject.countWrites(), 1);
    assert.equal((await subject.service.get({ serviceName: "once" })) !== undefined, expectation.isDone);
  }),
);

const deleteCases = WRITES.map((expectation) =>
  serviceCase(`a deletion that meets ${expectation.fault} is sent once and is ${expectation.kind}`, async (subject) => {
    const { ref } = await createRevision(subject.service, revisionParams("victim", 1));
    await createRevision(subject.service, revisionParams("victim", 2));
    await subject.inject({ on: "delete", kind: expectation.fault });
    checkRefusal(await subject.service.deleteRevision({ ref }), expectation);
    assert.equal(await subject.countWrites(), 3);
    assert.equal((await subject.service.getRevision({ ref })) === undefined, expectation.isDone);
  }),
);

/** Failures that pass by themselves: one of them is not seen by the caller of a read. */
const PASSING: readonly FaultKind[] = [
  "request-lost",
  "server-error",
  "unavailable",
  "throttled-with-wait",
  "throttled",
];

/** Failures that do not pass, and what a read rejects with. */
const LASTING: readonly (readonly [kind: FaultKind, code: TenureErrorCode])[] = [
  ["unauthorized", "unauthorized"],
  ["forbidden-page", "forbidden"],
  ["wrong-endpoint", "wrong_endpoint"],
  ["bad-request", "service_refused"],
  ["unreadable", "service_protocol"],
];

/** Every read of an agent that exists. */
function reads({ service }: ServiceUnderTest): readonly (() => Promise<unknown>)[] {
  const serviceName = "reader";
  return [
    () => service.get({ serviceName }),
    () => service.getRevision({ ref: { id: "reader:1", name: serviceName, version: "1" } }),
    () => toArray(service.listRevisions({ serviceName })),
    () => toArray(service.listAgents()),
  ];
}

const passingCases = PASSING.map((kind) =>
  serviceCase(`a read that meets ${kind} once is repeated`, async (subject) => {
    await createRevision(subject.service, revisionParams("reader"));
    for (const read of reads(subject)) {
      await subject.inject({ on: "read", kind });
      const found = await read();
      assert.ok(found !== undefined && (!Array.isArray(found) || found.length === 1));
    }
  }),
);

const lastingCases = LASTING.map(([kind, code]) =>
  serviceCase(
    `a read that meets ${kind} rejects with ${code}: it never says that the agent is absent`,
    async (subject) => {
      await createRevision(subject.service, revisionParams("reader"));
      for (const read of reads(subject)) {
        await subject.inject({ on: "read", kind });
        await assert.rejects(read(), { name: "TenureError", code });
      }
    },
  ),
);

const signalCases: readonly ServiceCase[] = [
  serviceCase("a read whose failure does not pass gives up with the failure's code", async (subject) => {
    await subject.inject({ on: "read", kind: "unavailable", times: 100 });
    await assert.rejects(subject.service.get({ serviceName: "reader" }), { code: "service_unavailable", status: 503 });
  }),
  serviceCase("a signal that has fired sends nothing", async ({ service, countWrites }) => {
    const signal = AbortSignal.abort();
    const ref = { id: "a:1", name: "a", version: "1" };
    await assert.rejects(service.createRevision({ ...revisionParams("a"), signal }), { code: "aborted" });
    await assert.rejects(service.deleteRevision({ ref, signal }), { code: "aborted" });
    await assert.rejects(service.deleteAgent({ serviceName: "a", signal }), { code: "aborted" });
    await assert.rejects(service.get({ serviceName: "a", signal }), { code: "aborted" });
    await assert.rejects(service.getRevision({ ref, signal }), { code: "aborted" });
    await assert.rejects(toArray(service.listRevisions({ serviceName: "a", signal })), { code: "aborted" });
    await assert.rejects(toArray(service.listAgents({ signal })), { code: "aborted" });
    assert.equal(await countWrites(), 0);
  }),
  serviceCase("a signal that fires during a write ends the wait, and the outcome is unknown", async (subject) => {
    await subject.inject({ on: "create", kind: "no-answer" });
    const controller = new AbortController();
    const pending = subject.service.createRevision({ ...revisionParams("waiting"), signal: controller.signal });
    while ((await subject.service.get({ serviceName: "waiting" })) === undefined);
    controller.abort();
    const outcome = await pending;
    assert.equal(outcome.kind, "unknown");
    assert.equal(outcome.kind === "unknown" && outcome.error.code, "aborted");
    assert.equal(await subject.countWrites(), 1);
  }),
];

/** What each failure is known as, and that no write is ever repeated. */
export const failureCases: readonly ServiceCase[] = [
  ...createCases,
  ...deleteCases,
  ...passingCases,
  ...lastingCases,
  ...signalCases,
];
