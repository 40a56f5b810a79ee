import { TenureError } from "../../errors/index.ts";
import type { SqlDialect } from "./dialect.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import { rowOf, rowsOf, type SqlWork } from "./work.ts";

/** The version that this program writes. */
const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Brings the schema up to date. A schema that is already there is only read: a process that may not change tables can work on it.
 * Rejects with `registry_schema_newer`.
 */
export function* migrate(dialect: SqlDialect): SqlWork<void> {
  if ((yield* readVersion(dialect)) === SCHEMA_VERSION) return;
  for (const statement of dialect.migrationLock) yield* rowsOf(statement);
  const version = yield* readVersion(dialect);
  if (version === 0) yield* createSchema(dialect);
  for (const migration of MIGRATIONS.slice(version)) {
    for (const statement of migration.statements(dialect)) yield* rowsOf(statement);
    const record = `INSERT INTO ${dialect.table("schema_version")} (version, applied_at) VALUES ($1, ${dialect.now})`;
    yield* rowsOf(record, [migration.version]);
  }
}

function* readVersion(dialect: SqlDialect): SqlWork<number> {
  if ((yield* rowOf(dialect.hasSchema)) === undefined) return 0;
  const row = yield* rowOf(`SELECT max(version) AS version FROM ${dialect.table("schema_version")}`);
  const version = Number(row?.version ?? 0);
  if (version <= SCHEMA_VERSION) return version;
  throw new TenureError(
    "registry_schema_newer",
    `The registry's schema is version ${version}, and this program knows versions up to ${SCHEMA_VERSION}: it was written by a newer Tenure.`,
    { details: { found: version, known: SCHEMA_VERSION } },
  );
}

function* createSchema(dialect: SqlDialect): SqlWork<void> {
  for (const statement of dialect.createSchema) yield* rowsOf(statement);
  const { integer } = dialect.types;
  yield* rowsOf(
    `CREATE TABLE ${dialect.table("schema_version")} (version ${integer} PRIMARY KEY, applied_at ${integer} NOT NULL)`,
  );
}
