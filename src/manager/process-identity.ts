import { hostname } from "node:os";
import { pid } from "node:process";
import type { ProcessIdentity } from "../registry/contract/index.ts";
import type { Runtime } from "../runtime/index.ts";

/** Who this manager is to the others. New with every manager, so that two in one process are told apart. */
export function newProcessIdentity(runtime: Runtime): ProcessIdentity {
  return Object.freeze({ id: runtime.newId(), host: hostname(), pid });
}
