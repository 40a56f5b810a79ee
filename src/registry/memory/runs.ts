import type { Page, RunEntry, RunFilter, RunStore } from "../contract/index.ts";
import { compareKeys, decodeCursor, encodeCursor, pageLimit, pageOf, type SortKey } from "../rules/index.ts";
import type { MemoryConnection } from "./connection.ts";

/** Single runs in memory. */
export class MemoryRunStore implements RunStore {
  readonly #connection: MemoryConnection;

  constructor(connection: MemoryConnection) {
    this.#connection = connection;
  }

  add(params: Parameters<RunStore["add"]>[0]): Promise<void> {
    return this.#connection.run(() => {
      const { runs } = this.#connection.store;
      for (const run of params.runs) {
        const text = JSON.stringify([run.key.location, run.key.scope, run.requestId]);
        if (!runs.has(text)) runs.set(text, Object.freeze({ ...run, key: Object.freeze({ ...run.key }) }));
      }
    });
  }

  list(params: Parameters<RunStore["list"]>[0]): Promise<Page<RunEntry>> {
    return this.#connection.run(() => {
      const limit = pageLimit(params);
      const before = decodeCursor("runs", params.cursor, ["number", "string"]);
      const found = [...this.#connection.store.runs.values()]
        .filter((run) => isAsked(run, params) && (before === undefined || compareKeys(sortKey(run), before) < 0))
        .sort((left, right) => compareKeys(sortKey(right), sortKey(left)));
      return pageOf(found.slice(0, limit + 1), limit, (last) => encodeCursor("runs", sortKey(last)));
    });
  }

  delete(params: Parameters<RunStore["delete"]>[0]): Promise<number> {
    return this.#connection.run(() => {
      const { runs } = this.#connection.store;
      const size = runs.size;
      for (const [text, run] of runs) if (isAsked(run, { ...params, to: params.before })) runs.delete(text);
      return size - runs.size;
    });
  }
}

function sortKey(run: RunEntry): SortKey {
  return [run.startedAt, run.requestId];
}

function isAsked(run: RunEntry, filter: RunFilter): boolean {
  return (
    run.key.location === filter.location &&
    run.key.scope === filter.scope &&
    (filter.requestId === undefined || run.requestId === filter.requestId) &&
    (filter.name === undefined || run.key.name === filter.name) &&
    (filter.sessionId === undefined || run.sessionId === filter.sessionId) &&
    (filter.userId === undefined || run.userId === filter.userId) &&
    (filter.from === undefined || run.startedAt >= filter.from) &&
    (filter.to === undefined || run.startedAt < filter.to)
  );
}
