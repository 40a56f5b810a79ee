import type { SqlDialect } from "./dialect.ts";
import { rowOf, type SqlWork } from "./work.ts";

/** Marks the batch as applied; `false` if it, or one after it, was before. To be run first in the transaction that applies it. */
export function* claimBatch(dialect: SqlDialect, writer: string, sequence: number): SqlWork<boolean> {
  const upsert = `INSERT INTO ${dialect.table("batches")} AS b (writer, sequence, applied_at) VALUES ($1, $2, ${dialect.now})
    ON CONFLICT (writer) DO UPDATE SET sequence = excluded.sequence, applied_at = excluded.applied_at
    WHERE b.sequence < excluded.sequence RETURNING sequence`;
  return (yield* rowOf(upsert, [writer, sequence])) !== undefined;
}
