import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { PostgresRegistry } from "../../src/registry/postgres/index.ts";
import { SqliteRegistry } from "../../src/registry/sqlite/index.ts";
import { newSchema, postgresUrl } from "../support/shared-postgres.ts";
import { spendTogether } from "./support/spenders.ts";

for (const kill of [0, 4]) {
  const some = kill === 0 ? "" : `, ${kill} of which are killed,`;
  const title = `8 processes x 200 runs${some} never pass a daily budget that admits 500, and fill it to within one reservation`;

  test(`${title} (SQLite)`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "tenure-budget-"));
    const place = join(folder, "registry.db");
    const registry = new SqliteRegistry(place);
    try {
      await registry.open();
      await spendTogether({ place, schema: "none" }, registry, kill);
    } finally {
      await registry.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  test(`${title} (PostgreSQL)`, async () => {
    const place = await postgresUrl();
    const schema = newSchema();
    await using registry = new PostgresRegistry({ url: place, schema });
    await registry.open();
    await spendTogether({ place, schema }, registry, kill);
  });
}
