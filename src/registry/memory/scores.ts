import type { Fingerprint } from "../../config/index.ts";
import type { AgentKey, Page, PageRequest, ScoreDelta, ScoreRecord, ScoreStore } from "../contract/index.ts";
import {
  addScoreCounters,
  compareKeys,
  decodeCursor,
  encodeCursor,
  pageLimit,
  pageOf,
  type SortKey,
} from "../rules/index.ts";
import type { MemoryConnection } from "./connection.ts";

/** Scores in memory. */
export class MemoryScoreStore implements ScoreStore {
  readonly #connection: MemoryConnection;

  constructor(connection: MemoryConnection) {
    this.#connection = connection;
  }

  add(params: {
    readonly writerId: string;
    readonly sequence: number;
    readonly deltas: readonly ScoreDelta[];
  }): Promise<void> {
    return this.#connection.run(() => {
      const { batches, scores } = this.#connection.store;
      const writer = `scores|${params.writerId}`;
      if ((batches.get(writer) ?? 0) >= params.sequence) return;
      batches.set(writer, params.sequence);
      for (const delta of params.deltas) {
        const text = JSON.stringify([delta.key.location, delta.key.scope, ...sortKey(delta)]);
        const known = scores.get(text);
        scores.set(text, known === undefined ? { ...delta } : { ...known, ...addScoreCounters(known, delta) });
      }
    });
  }

  list(
    params: {
      readonly location: string;
      readonly scope: string;
      readonly name?: string | undefined;
      readonly fingerprint?: Fingerprint | undefined;
      readonly source?: string | undefined;
    } & PageRequest,
  ): Promise<Page<ScoreRecord>> {
    return this.#connection.run(() => {
      const limit = pageLimit(params);
      const after = decodeCursor("scores", params.cursor, ["string", "string", "string", "string"]);
      const records = [...this.#connection.store.scores.values()]
        .filter(
          (record) =>
            record.key.location === params.location &&
            record.key.scope === params.scope &&
            (params.name === undefined || record.key.name === params.name) &&
            (params.fingerprint === undefined || record.fingerprint === params.fingerprint) &&
            (params.source === undefined || record.source === params.source) &&
            (after === undefined || compareKeys(sortKey(record), after) > 0),
        )
        .sort((left, right) => compareKeys(sortKey(left), sortKey(right)));
      return pageOf(records.slice(0, limit + 1), limit, (last) => encodeCursor("scores", sortKey(last)));
    });
  }

  delete(params: { readonly key: AgentKey; readonly source?: string | undefined }): Promise<number> {
    return this.#connection.run(() => {
      const { scores } = this.#connection.store;
      let deleted = 0;
      for (const [text, { key, source }] of scores) {
        const isOfAgent =
          key.location === params.key.location && key.scope === params.key.scope && key.name === params.key.name;
        if (isOfAgent && (params.source === undefined || source === params.source) && scores.delete(text)) deleted += 1;
      }
      return deleted;
    });
  }
}

function sortKey(record: ScoreDelta): SortKey {
  return [record.key.name, record.fingerprint, record.source, record.evaluator];
}
