import type {
  MeterCounters,
  MeterDelta,
  MeterDimension,
  MeterFilter,
  MeterRow,
  MeterStore,
  Page,
  PageRequest,
} from "../contract/index.ts";
import {
  addMeterCounters,
  compareKeys,
  decodeCursor,
  encodeCursor,
  meterMatches,
  meterValue,
  pageLimit,
  pageOf,
} from "../rules/index.ts";
import type { MemoryConnection } from "./connection.ts";

/** Meters in memory. */
export class MemoryMeterStore implements MeterStore {
  readonly #connection: MemoryConnection;

  constructor(connection: MemoryConnection) {
    this.#connection = connection;
  }

  add(params: {
    readonly writerId: string;
    readonly sequence: number;
    readonly deltas: readonly MeterDelta[];
  }): Promise<void> {
    return this.#connection.run(() => {
      const { batches, meters } = this.#connection.store;
      const writer = `meters|${params.writerId}`;
      if ((batches.get(writer) ?? 0) >= params.sequence) return;
      batches.set(writer, params.sequence);
      for (const delta of params.deltas) {
        const { key } = delta;
        const text = JSON.stringify([
          key.location,
          key.scope,
          key.name,
          delta.fingerprint,
          delta.sessionId,
          delta.userId,
          delta.model,
          delta.day,
        ]);
        const known = meters.get(text);
        meters.set(text, known === undefined ? { ...delta } : { ...known, ...addMeterCounters(known, delta) });
      }
    });
  }

  sum(
    params: { readonly filter: MeterFilter; readonly by: readonly MeterDimension[] } & PageRequest,
  ): Promise<Page<MeterRow>> {
    return this.#connection.run(() => {
      const { filter, by } = params;
      const limit = pageLimit(params);
      const after = decodeCursor(
        "meters",
        params.cursor,
        by.map(() => "string" as const),
      );
      const rows = this.#groups(filter, by)
        .filter(({ group }) => after === undefined || compareKeys(group, after) > 0)
        .sort((left, right) => compareKeys(left.group, right.group));
      return pageOf(rows.slice(0, limit + 1), limit, ({ group }) => encodeCursor("meters", group));
    });
  }

  delete(params: { readonly location: string; readonly scope: string; readonly beforeDay: string }): Promise<number> {
    return this.#connection.run(() => {
      const { meters } = this.#connection.store;
      let deleted = 0;
      for (const [text, { key, day }] of meters) {
        if (
          key.location === params.location &&
          key.scope === params.scope &&
          day < params.beforeDay &&
          meters.delete(text)
        )
          deleted += 1;
      }
      return deleted;
    });
  }

  #groups(filter: MeterFilter, by: readonly MeterDimension[]): MeterRow[] {
    const groups = new Map<string, MeterRow>();
    for (const delta of this.#connection.store.meters.values()) {
      if (!meterMatches(delta, filter)) continue;
      const group = by.map((dimension) => meterValue(delta, dimension));
      const text = JSON.stringify(group);
      groups.set(text, { group, ...addMeterCounters(groups.get(text) ?? ZERO, delta) });
    }
    return [...groups.values()];
  }
}

const ZERO: MeterCounters = {
  runs: 0,
  failedRuns: 0,
  unpricedRuns: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  costPico: 0n,
};
