import { Client } from "pg";
import { newSchema } from "./shared-postgres.ts";

/**
 * Schemas that one suite after the other works in. To make the tables of a registry takes longer than most cases do, so whoever is done gives the schema
 * back, and it is emptied for the next. Two who work at once have two.
 */
export class ReusedSchemas {
  readonly #url: () => Promise<string>;
  readonly #free: string[] = [];

  constructor(url: () => Promise<string>) {
    this.#url = url;
  }

  /** The name of a schema without rows, or of none yet: the registry makes it. */
  take(): string {
    return this.#free.pop() ?? newSchema();
  }

  /** Once nobody is connected any more. */
  async giveBack(schema: string): Promise<void> {
    const client = new Client(await this.#url());
    await client.connect();
    try {
      const { rows } = await client.query<{ readonly name: string }>(
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = $1 AND tablename <> 'schema_version'",
        [schema],
      );
      // Not TRUNCATE, which makes new files for every table and index.
      const statements = rows.map(({ name }) => `DELETE FROM "${schema}"."${name}";`);
      await client.query(`SET session_replication_role = replica; ${statements.join(" ")}`);
    } finally {
      await client.end();
    }
    this.#free.push(schema);
  }
}
