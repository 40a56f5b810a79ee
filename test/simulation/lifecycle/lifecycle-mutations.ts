import { edit, type Mutation } from "../mutation.ts";

const DECIDE = "lifecycle/retention/decide.ts";
const DELETE_REVISION = "lifecycle/retention/delete-revision.ts";
const HOLDS = "lifecycle/revisions/holds.ts";
const ROLLBACK = "lifecycle/revisions/rollback.ts";
const RECORD_ORPHAN = "lifecycle/retention/record-orphan.ts";

/** Breakages of what happens to agents after their birth. */
export const LIFECYCLE_MUTATIONS: readonly Mutation[] = [
  {
    name: "retire-without-a-second-look",
    promise: "P5",
    seed: 18,
    edits: [
      edit(
        DELETE_REVISION,
        "const confirmed = await confirm(work, decision, policies);",
        "const confirmed = policies.graceMs < 0 ? await confirm(work, decision, policies) : { decision, isLast: false };",
      ),
    ],
  },
  {
    name: "retire-before-the-grace-period-is-over",
    promise: "P5",
    seed: 31,
    edits: [edit(DECIDE, "facts.now >= markedAt + graceMs", "facts.now >= markedAt + graceMs / 2")],
  },
  {
    name: "ignore-uses-since-the-mark",
    promise: "P5",
    seed: 4,
    kind: "idle",
    edits: [
      edit(DECIDE, "lastUsedAt !== undefined && lastUsedAt > markedAt)", "graceMs < 0)"),
      edit(
        "registry/memory/usage.ts",
        'if (revision.record.state !== "retiring") return;',
        'if (revision.record.state !== "deleted") return;',
      ),
    ],
  },
  {
    name: "retire-the-current-revision",
    promise: "P5",
    seed: 166,
    edits: [edit(HOLDS, "  if (agent.current === revision.fingerprint) holds", "  if (agent.current === '') holds")],
  },
  {
    name: "retire-what-is-pinned",
    promise: "P5",
    seed: 13,
    edits: [
      edit(HOLDS, "if (pinnedOf(agent.settings) === revision.fingerprint)", "if (pinnedOf(agent.settings) === '')"),
    ],
  },
  {
    name: "retire-what-an-alias-stands-for",
    promise: "P5",
    seed: 31,
    edits: [
      edit(HOLDS, "aliases.get(revision.fingerprint) ?? []", "aliases.get(revision.fingerprint)?.slice(9) ?? []"),
    ],
  },
  {
    name: "retire-what-is-protected",
    promise: "P5",
    seed: 37,
    edits: [edit(HOLDS, "if (until !== undefined) holds", "if (until === null) holds")],
  },
  {
    name: "retire-what-is-in-a-session",
    promise: "P5",
    seed: 3453,
    edits: [edit("lifecycle/retention/facts.ts", "sessions: around.sessions.get(fingerprint) ?? 0,", "sessions: 0,")],
  },
  {
    name: "retire-without-reading-the-stamp",
    promise: "P4",
    seed: 129,
    edits: [
      edit(
        DELETE_REVISION,
        "if (shown !== undefined && (!isOurStamp(",
        "if (fingerprint.length < 9 && shown !== undefined && (!isOurStamp(",
      ),
    ],
  },
  {
    name: "retire-without-an-intent",
    promise: "P3",
    seed: 3,
    edits: [
      edit(
        DELETE_REVISION,
        "const intentId = await writeIntent(work, confirmed);",
        "const intentId = policies.graceMs < 0 ? await writeIntent(work, confirmed) : 'none';",
      ),
    ],
  },
  {
    name: "retire-the-agents-of-the-living",
    promise: "P5",
    seed: 26,
    edits: [edit(DECIDE, "|| !facts.isOwnerGone)", "|| facts.now < 0)")],
  },
  {
    name: "forget-an-agent-that-is-not-emptied",
    promise: "P5",
    seed: 3,
    edits: [
      edit(
        "lifecycle/retention/perform.ts",
        "decision.isEmptied || (decision.whole !== undefined && (await isEmptied(run, work)))",
        "decision.isEmptied || decision.whole !== undefined",
      ),
      edit(
        "lifecycle/retention/forget-agent.ts",
        "if (shown !== undefined && isOurStamp(",
        "if (key.name === '' && shown !== undefined && isOurStamp(",
      ),
    ],
  },
  {
    name: "clean-up-in-every-replica",
    promise: "P6",
    seed: 17,
    edits: [
      edit(
        "lifecycle/retention/cleanup.ts",
        "claimNow(core, leaderResource(core),",
        "claimNow(core, leaderResource(core) + core.process.id,",
      ),
    ],
  },
  {
    name: "record-another-scope's-orphans",
    promise: "P4",
    seed: 25,
    edits: [
      edit(RECORD_ORPHAN, "if (stamp === undefined || stamp.scope !== scope ||", "if (stamp === undefined ||"),
      edit(
        RECORD_ORPHAN,
        "if (isOurStamp(revision.stamp, key)) copies",
        "if (isOurStamp(revision.stamp, { ...key, scope: revision.stamp?.scope ?? '' })) copies",
      ),
    ],
  },
  {
    name: "write-a-transferred-copy-blindly-again",
    promise: "P2",
    seed: 1849,
    edits: [
      edit(
        "lifecycle/ownership/restamp.ts",
        'if (outcome.kind === "unknown") return findWritten(',
        'if (outcome.kind === "unknown" && scope !== "") return writeCopy(work, params);\n  if (outcome.kind === "unknown") return findWritten(',
      ),
    ],
  },
  {
    name: "revert-blindly-after-a-lost-answer",
    promise: "P2",
    seed: 39,
    kind: "orders",
    edits: [
      edit(
        "lifecycle/drift/rewrite-revision.ts",
        'if (outcome.kind === "unknown")',
        'if (outcome.kind === "unknown" && serviceName !== "") return writeCopy(work, { agent, revision, shown });\n  if (outcome.kind === "unknown")',
      ),
    ],
  },
  {
    name: "write-beside-a-copy-that-has-just-arrived",
    promise: "P1",
    seed: 66,
    kind: "orders",
    edits: [
      edit(
        "lifecycle/drift/finish-and-inspect.ts",
        "if (spare.length === 0) return inspection;",
        "if (spare.length >= 0) return inspection;",
      ),
    ],
  },
  {
    name: "move-an-alias-without-comparing",
    promise: "P6",
    seed: 401,
    kind: "orders",
    edits: [edit("lifecycle/aliases/set-alias.ts", "move.expected ?? before?.moves ?? 0;", "before?.moves ?? 0;")],
  },
  {
    name: "roll-back-without-the-lease",
    promise: "P6",
    seed: 39,
    kind: "orders",
    edits: [
      edit(
        ROLLBACK,
        "await underLease(core, { key, signal: options.signal }, async (work) => {",
        "await withWhateverLease(core, { key, signal: options.signal }, async (work) => {",
      ),
      edit(
        ROLLBACK,
        "/** How an agent is rolled back. */",
        `async function withWhateverLease(core, { key, signal }, body) {
  const resource = ["agent", key.location, key.scope, key.name].map(encodeURIComponent).join("|");
  const { lease } = await core.options.registry.leases.claim({ resource, holder: core.process, ttlMs: core.options.leaseMs });
  return body({ core, key, held: { lease, assertHeld: () => undefined }, signal });
}`,
      ),
    ],
  },
  {
    name: "hold-what-is-being-deleted",
    promise: "P5",
    seed: 1573,
    kind: "orders",
    edits: [
      edit(
        "lifecycle/under-lease.ts",
        "return finishDeletions(core, { key, held, signal });",
        'return key.name === "" ? finishDeletions(core, { key, held, signal }) : Promise.resolve();',
      ),
    ],
  },
];
