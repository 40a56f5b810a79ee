import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Client } from "pg";
import { startPostgres } from "../support/postgres.ts";

/** Where the registry of a torture is, and how its data is checked past the registry. */
export interface Place {
  readonly registry: string;
  /** What is wrong with the stored data itself. */
  check(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Sentences about the data, and what contradicts them; `at` gives the name of a table. */
function contradictions(at: (table: string) => string): readonly (readonly [sentence: string, query: string])[] {
  const live = "r.state <> 'deleted'";
  const childless = ["revisions", "intents", "sessions", "aliases"].map(
    (table) =>
      [
        `every row of ${table} belongs to an agent`,
        `SELECT 1 FROM ${at(table)} x WHERE NOT EXISTS (SELECT 1 FROM ${at("agents")} a WHERE a.id = x.agent_id)`,
      ] as const,
  );
  return [
    ...childless,
    [
      "every counter belongs to a revision",
      `SELECT 1 FROM ${at("usage")} u WHERE NOT EXISTS (SELECT 1 FROM ${at("revisions")} r WHERE r.id = u.revision_id)`,
    ],
    [
      "every current revision is a live one of its agent",
      `SELECT 1 FROM ${at("agents")} a WHERE a.current_revision IS NOT NULL AND NOT EXISTS
        (SELECT 1 FROM ${at("revisions")} r WHERE r.agent_id = a.id AND r.fingerprint = a.current_revision AND ${live})`,
    ],
    [
      "every version of the service is one live revision",
      `SELECT r.remote_id FROM ${at("revisions")} r JOIN ${at("agents")} a ON a.id = r.agent_id WHERE ${live}
        GROUP BY a.location, r.remote_id HAVING count(*) > 1`,
    ],
    [
      "a creation was counted as a use",
      `SELECT 1 FROM ${at("usage")} WHERE uses < creations OR uses < reuses OR creations < 0 OR reuses < 0`,
    ],
  ];
}

/** A file in a folder of its own. */
export function openSqlitePlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), "tenure-torture-"));
  const registry = join(folder, "registry.db");
  return {
    registry,
    check: () => Promise.resolve(checkSqlite(registry)),
    close: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
  };
}

function checkSqlite(registry: string): readonly string[] {
  const database = new DatabaseSync(registry);
  try {
    const [row] = database.prepare("PRAGMA integrity_check").all();
    const verdict = String(row?.["integrity_check"]);
    const problems = verdict === "ok" ? [] : [`the database is damaged: ${verdict}`];
    for (const [sentence, query] of contradictions((table) => table)) {
      const { length } = database.prepare(query).all();
      if (length > 0) problems.push(`${length} rows contradict: ${sentence}`);
    }
    return problems;
  } finally {
    database.close();
  }
}

/** A new server, or the one of TENURE_TEST_POSTGRES. */
export async function openPostgresPlace(): Promise<Place> {
  const server = await startPostgres();
  return { registry: server.url, check: () => checkPostgres(server.url), close: () => server.close() };
}

/** Every index holds every row in order and every row can be read, as far as `amcheck` is there; and the sentences. */
async function checkPostgres(url: string): Promise<readonly string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const problems: string[] = [];
    const { rowCount: hasAmcheck } = await client.query("SELECT 1 FROM pg_available_extensions WHERE name = 'amcheck'");
    if (hasAmcheck) problems.push(...(await checkStorage(client)));
    for (const [sentence, query] of contradictions((table) => `tenure.${table}`)) {
      const { rowCount } = await client.query(query);
      if (rowCount) problems.push(`${rowCount} rows contradict: ${sentence}`);
    }
    return problems;
  } finally {
    await client.end();
  }
}

async function checkStorage(client: Client): Promise<readonly string[]> {
  await client.query("CREATE EXTENSION IF NOT EXISTS amcheck");
  const relations = (kind: "i" | "r"): string =>
    `SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'tenure' AND c.relkind = '${kind}'`;
  try {
    // Raises an error that names the index; all of ours are B-trees.
    await client.query(`SELECT bt_index_check(index => x.oid, heapallindexed => true) FROM (${relations("i")}) x`);
  } catch (thrown) {
    return [`an index is damaged: ${String(thrown)}`];
  }
  const { rows } = await client.query<{ msg: string }>(
    `SELECT v.msg FROM (${relations("r")}) x, LATERAL verify_heapam(relation => x.oid) v`,
  );
  return rows.map(({ msg }) => `a table is damaged: ${msg}`);
}
