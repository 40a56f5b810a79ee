import type { Page, SessionTouch, UsageDelta, UsageRecord, UsageStore } from "../contract/index.ts";
import type { MemoryConnection } from "./connection.ts";
import { copyRecord } from "./copy.ts";
import { type Listing, pageFrom } from "./page.ts";

const USAGE: Listing<UsageRecord> = {
  name: "usage",
  shape: ["string", "string"],
  keyOf: (usage) => [usage.key.name, usage.fingerprint],
};

export class MemoryUsage implements UsageStore {
  readonly #connection: MemoryConnection;

  constructor(connection: MemoryConnection) {
    this.#connection = connection;
  }

  add(params: Parameters<UsageStore["add"]>[0]): Promise<void> {
    return this.#connection.run(() => {
      const { batches } = this.#connection.store;
      if (params.sequence <= (batches.get(params.processId) ?? 0)) return;
      batches.set(params.processId, params.sequence);
      for (const delta of params.deltas) this.#addDelta(delta);
      for (const touch of params.sessions) this.#touch(touch);
    });
  }

  list(params: Parameters<UsageStore["list"]>[0]): Promise<Page<UsageRecord>> {
    return this.#connection.run(() => {
      const agents = this.#connection.store
        .agents()
        .filter(
          ({ record: { key } }) =>
            key.location === params.location && key.scope === params.scope && (params.name ?? key.name) === key.name,
        );
      return pageFrom(
        agents.flatMap((agent) => [...agent.usage.values()]),
        USAGE,
        params,
      );
    });
  }

  #addDelta(delta: UsageDelta): void {
    const agent = this.#connection.store.agent(delta.key);
    const revision = agent?.revisions.get(delta.fingerprint);
    if (agent === undefined || revision === undefined) return;
    const known = agent.usage.get(delta.fingerprint);
    agent.usage.set(delta.fingerprint, known === undefined ? copyRecord(delta) : sum(known, delta));
    if (revision.record.state !== "retiring") return;
    agent.revisions.set(delta.fingerprint, {
      ...revision,
      record: copyRecord({ ...revision.record, state: "active", markedAt: undefined }),
    });
  }

  #touch(touch: SessionTouch): void {
    const agent = this.#connection.store.agent(touch.key);
    if (agent === undefined) return;
    const known = agent.sessions.get(touch.sessionId);
    const { lastUsedAt } = touch;
    const record =
      known === undefined
        ? {
            ...touch,
            conversationId: undefined,
            userId: undefined,
            title: undefined,
            createdAt: lastUsedAt,
            revisionCount: 1,
            data: {},
          }
        : { ...known, lastUsedAt: Math.max(known.lastUsedAt, lastUsedAt) };
    agent.sessions.set(touch.sessionId, copyRecord(record));
  }
}

function sum(known: UsageRecord, delta: UsageDelta): UsageRecord {
  return Object.freeze({
    key: known.key,
    fingerprint: known.fingerprint,
    uses: known.uses + delta.uses,
    creations: known.creations + delta.creations,
    reuses: known.reuses + delta.reuses,
    runs: known.runs + delta.runs,
    failedRuns: known.failedRuns + delta.failedRuns,
    unpricedRuns: known.unpricedRuns + delta.unpricedRuns,
    inputTokens: known.inputTokens + delta.inputTokens,
    cachedInputTokens: known.cachedInputTokens + delta.cachedInputTokens,
    outputTokens: known.outputTokens + delta.outputTokens,
    reasoningTokens: known.reasoningTokens + delta.reasoningTokens,
    costPico: known.costPico + delta.costPico,
    lastUsedAt: Math.max(known.lastUsedAt, delta.lastUsedAt),
  });
}
