import { hostname } from "node:os";
import { openRegistry } from "../../support/open-registry.ts";

/** Registers itself as a process and lives until it is killed. Arguments: where the registry is, its id, schema. */
const [place = "", id = "", schema] = process.argv.slice(2);
const registry = openRegistry(place, schema);
await registry.processes.register({ process: { id, host: hostname(), pid: process.pid } });
console.log("registered");
setInterval(() => undefined, 1000);
