import { LIFECYCLE_MUTATIONS } from "./lifecycle/lifecycle-mutations.ts";
import { edit, type Mutation } from "./mutation.ts";
import { USAGE_MUTATIONS } from "./usage-mutations.ts";

const ASK_FIRST = "manager/protocol/ask-first.ts";
const ESTABLISH = "manager/protocol/establish.ts";
const HELD_LEASE = "manager/protocol/held-lease.ts";
const INTENTS = "manager/protocol/intents.ts";
const OUR_REVISIONS = "manager/our-revisions.ts";
const RECOVER = "manager/recovery/recover-scope.ts";
const SETTLE_COPY = "manager/recovery/settle-copy.ts";

/** Each one must be caught. Whoever changes the lines that are named here changes the breakage with them, or finds a new one. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: "drop-the-intent",
    promise: "P3",
    seed: 0,
    edits: [
      edit(
        ESTABLISH,
        "  await context.options.registry.intents.create({",
        "  if (config.agentName === '') await context.options.registry.intents.create({",
      ),
    ],
  },
  {
    name: "skip-ask-first",
    promise: "P2",
    seed: 0,
    edits: [
      edit(
        ESTABLISH,
        "await askUntilSettled(flow) : await ask(flow);",
        "await askUntilSettled(flow) : { kind: 'absent' as const };",
      ),
    ],
  },
  {
    name: "ask-the-service-and-do-not-listen",
    promise: "P1",
    seed: 74,
    edits: [
      edit(
        ESTABLISH,
        "  const found = adoptable(flow, finding);",
        "  const found = adoptable(flow, { kind: 'absent' });",
      ),
    ],
  },
  {
    name: "ignore-the-fencing-token",
    promise: "P6",
    seed: 1,
    edits: [
      edit(
        "registry/memory/connection.ts",
        "held?.fence !== lease.fence || held.holder.id !== lease.holder.id",
        "held === null",
      ),
    ],
  },
  {
    name: "repeat-a-post-blindly",
    promise: "P2",
    seed: 3,
    edits: [
      edit(
        "manager/protocol/write.ts",
        'return { kind: "unknown", error: outcome.error };',
        "return writeOnce(context, params as Parameters<typeof writeOnce>[1]);",
      ),
    ],
  },
  {
    name: "release-before-commit",
    promise: "P8",
    seed: 16,
    edits: [
      edit(
        ESTABLISH,
        "  const revision = await commitRevision(",
        "  await held.release();\n  const revision = await commitRevision(",
      ),
    ],
  },
  {
    name: "delete-without-recheck-in-recovery",
    promise: "P5",
    seed: 500,
    edits: [edit(INTENTS, "  return held === undefined ? undefined : known.remote;", "  return known.remote;")],
  },
  {
    name: "delete-without-recheck-in-a-sweep",
    promise: "P5",
    seed: 104,
    edits: [edit(SETTLE_COPY, "if (registered === undefined) {", "if (registered === null) {")],
  },
  {
    name: "skip-the-recheck-under-the-lease",
    promise: "P1",
    seed: 129,
    edits: [
      edit(
        ESTABLISH,
        "  const known = await registry.agents.getRevision(place);",
        "  const known = undefined as RevisionRecord | undefined;",
      ),
    ],
  },
  {
    name: "take-every-lease-for-the-first",
    promise: "P1",
    seed: 129,
    edits: [edit(HELD_LEASE, "return this.#lease.fence === 1;", "return this.#lease.fence >= 1;")],
  },
  {
    name: "take-unknown-for-refused",
    promise: "P3",
    seed: 4,
    edits: [
      edit(
        "manager/protocol/write.ts",
        'return { kind: "unknown", error: outcome.error };',
        'return { kind: "refused", error: outcome.error };',
      ),
    ],
  },
  {
    name: "drop-the-intent-of-a-write-under-way",
    promise: "P3",
    seed: 8,
    edits: [edit(ESTABLISH, "if (intent.isUncertain || isLost) return;", "if (isLost) return;")],
  },
  {
    name: "end-the-wrong-intent",
    promise: "P3",
    seed: 3282,
    kind: "protocol",
    edits: [
      edit(ESTABLISH, "  if (!intent.isUncertain) return intent.id;", "  if (intent.id !== '') return intent.id;"),
    ],
  },
  {
    name: "drop-intents-that-are-not-seen-at-once",
    promise: "P3",
    seed: 96,
    edits: [edit(INTENTS, "if (ageMs > timeoutMs + lateMs)", "if (ageMs >= 0)")],
  },
  {
    name: "swallow-the-lost-lease",
    promise: "P3",
    seed: 317,
    edits: [
      edit(
        "manager/protocol/commit.ts",
        "if (!lost.retryable) throw lost;",
        "if (!lost.retryable) return params.revision as RevisionRecord;",
      ),
    ],
  },
  {
    name: "adopt-another-scope's",
    promise: "P4",
    seed: 1,
    edits: [edit("manager/protocol/target.ts", "stamp.scope === key.scope && ", "")],
  },
  {
    name: "write-over-another-scope's",
    promise: "P4",
    seed: 1,
    edits: [edit(ASK_FIRST, 'if (finding.kind === "foreign") throw', "if (finding.kind === undefined) throw")],
  },
  {
    name: "delete-unstamped-in-a-sweep",
    promise: "P4",
    seed: 6,
    edits: [
      edit(RECOVER, "if (isOurStamp(revision.stamp, key)) copies.unshift(revision);", "copies.unshift(revision);"),
      edit(
        SETTLE_COPY,
        '  if (copy.stamp === undefined) return "kept";',
        "  if (copy.stamp === undefined) return void (await service.deleteRevision({ ref: copy.ref, signal }));",
      ),
    ],
  },
  {
    name: "clean-up-what-others-made",
    promise: "P4",
    seed: 22,
    edits: [
      edit(
        OUR_REVISIONS,
        "return { ours, others: found.size - ours.length };",
        "return { ours: [...found.values()], others: 0 };",
      ),
    ],
  },
  {
    name: "sweep-away-the-registered-copy",
    promise: "P5",
    seed: 0,
    edits: [edit(SETTLE_COPY, "if (known.remote.id === copy.ref.id) return", 'if (known.remote.id === "") return')],
  },
  {
    name: "take-the-lease-of-the-living",
    promise: "P6",
    seed: 1,
    edits: [edit(HELD_LEASE, "const orphaned = held.holder.id", "const orphaned = held.fence > 0 || held.holder.id")],
  },
  {
    name: "write-with-somebody-else's-lease",
    promise: "P6",
    seed: 1,
    edits: [
      edit(
        HELD_LEASE,
        "  const held = first.lease;",
        "  const held = first.lease;\n  if (held.fence > 0) return { lease: held, askedAt };",
      ),
    ],
  },
  {
    name: "begin-the-fences-anew",
    promise: "P6",
    seed: 0,
    edits: [
      edit(
        "registry/memory/leases.ts",
        "leases.set(params.lease.resource, copy",
        "leases.delete(params.lease.resource);\n      (<Value>(value: Value) => value)(copy",
      ),
    ],
  },
  {
    name: "give-any-revision-of-the-agent",
    promise: "P1",
    seed: 0,
    edits: [
      edit(
        "manager/protocol/ask.ts",
        "if (revision.stamp.fingerprint === fingerprint) same = revision;",
        "same = revision;",
      ),
    ],
  },
  {
    name: "give-a-deleted-revision",
    promise: "P1",
    seed: 18,
    edits: [edit("manager/protocol/ensure.ts", 'if (revision?.state === "active")', "if (revision !== undefined)")],
  },
  ...USAGE_MUTATIONS,
  {
    name: "delete-the-agent-around-our-versions",
    promise: "P4",
    seed: 45,
    edits: [
      edit(
        OUR_REVISIONS,
        "  const next = params.revisions[",
        '  if (params.revisions.length > 0) return void (await deleteFromService(context, { kind: "agent", serviceName, signal }));\n  const next = params.revisions[',
      ),
    ],
  },
  {
    name: "clean-up-the-record-alone",
    promise: "P5",
    seed: 45,
    edits: [
      edit(
        OUR_REVISIONS,
        "  const next = params.revisions[",
        "  const next = params.revisions.slice(params.revisions.length)[",
      ),
    ],
  },
  ...LIFECYCLE_MUTATIONS,
];
