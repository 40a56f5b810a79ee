import { SqliteRegistry } from "../../../src/registry/sqlite/index.ts";
import { TenureError } from "../../../src/errors/index.ts";

/** Opens the file that the first argument names, and prints the code with which that failed, or `ok`. */
const registry = new SqliteRegistry(process.argv[2] ?? "");
try {
  await registry.open();
  await registry.events.append({ events: [] });
  console.log("ok");
} catch (error) {
  console.log(error instanceof TenureError ? error.code : String(error));
} finally {
  await registry.close();
}
