import { platform } from "node:process";
import type { ProcessIdentity } from "../contract/index.ts";
import { birthOf, type Evidence, type SeenHere, seeProcess, type SignOfLife, type SqlRow } from "../sql/index.ts";

/** Who shares a file shares a machine: a process lives as long as its number belongs to a process that started at the same moment. */
export class ProcessLife implements SignOfLife {
  start(process: ProcessIdentity): Promise<string | undefined> {
    return Promise.resolve(birthOf(process, platform));
  }

  /** Nothing to take back: the registry's record says that the process ended. */
  stop(): Promise<void> {
    return Promise.resolve();
  }

  evidence(): Evidence {
    return { columns: [], values: [] };
  }

  see(process: ProcessIdentity, record: SqlRow): SeenHere {
    return seeProcess(process, String(record["sign"]), platform);
  }

  /** Whoever cannot be seen from here may live. */
  isGone(process: ProcessIdentity, record: SqlRow): Promise<boolean> {
    return Promise.resolve(this.see(process, record) === "gone");
  }
}
