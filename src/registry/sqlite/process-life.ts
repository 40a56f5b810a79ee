import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { ProcessIdentity } from "../contract/index.ts";
import type { SignOfLife, SqlRow } from "../sql/index.ts";

/**
 * A process of this machine lives as long as its number belongs to a process that started at the same moment.
 * Judged only where both see the same numbers: same host name, same boot, same namespace of process numbers.
 */
export class ProcessLife implements SignOfLife {
  start(process: ProcessIdentity): Promise<string | undefined> {
    if (process.host !== hostname()) return Promise.resolve(undefined);
    const startedAt = startTime(process.pid);
    return Promise.resolve(startedAt === undefined ? undefined : JSON.stringify([numberSpace(), startedAt]));
  }

  /** Nothing to take back: the registry's record says that the process ended. */
  stop(): Promise<void> {
    return Promise.resolve();
  }

  evidence(): readonly string[] {
    return [];
  }

  isGone(process: ProcessIdentity, record: SqlRow): Promise<boolean> {
    if (process.host !== hostname()) return Promise.resolve(false);
    const [space, startedAt] = JSON.parse(String(record["sign"])) as readonly unknown[];
    return Promise.resolve(space === numberSpace() && startTime(process.pid) !== startedAt);
  }
}

/** When the process started, in whatever unit; "alive" where that cannot be read; `undefined` if there is none. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program, in brackets, may hold anything; state is the first field behind it, start time the 20th (proc_pid_stat(5): 3 and 22).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie does nothing any more and waits only to be reaped.
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return isRunning(pid) ? "alive" : undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function numberSpace(): string {
  try {
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return process.platform;
  }
}
