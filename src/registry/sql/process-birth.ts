import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { ProcessIdentity } from "../contract/index.ts";

/** What can be seen of a process from here. */
export type SeenHere = "alive" | "gone" | "unknown";

/** Stands for the moment of start where that cannot be read. */
const ALIVE = "alive";

/**
 * What others of this machine judge the process by: the space that its number is of, and the moment of its start. `undefined` for a process of another host,
 * and where the space cannot be told from another machine's of the same name (`platform` then stands for it, for whoever knows that there is no other machine).
 * A number alone would not do: it is given again.
 */
export function birthOf(process: ProcessIdentity, platform?: string): string | undefined {
  const space = numberSpace() ?? platform;
  if (process.host !== hostname() || space === undefined) return undefined;
  const startedAt = startTime(process.pid);
  return startedAt === undefined ? undefined : JSON.stringify([space, startedAt]);
}

/** Judged only where both see the same numbers: same host name, same boot, same namespace of process numbers. `birth`: as `birthOf` gave it. */
export function seeProcess(process: ProcessIdentity, birth: string, platform?: string): SeenHere {
  if (process.host !== hostname()) return "unknown";
  const [space, startedAt] = JSON.parse(birth) as readonly unknown[];
  if (space !== (numberSpace() ?? platform)) return "unknown";
  const seen = startTime(process.pid);
  if (seen === undefined) return "gone";
  if (seen === ALIVE || startedAt === ALIVE) return "alive";
  return seen === startedAt ? "alive" : "gone";
}

/** When the process started, in whatever unit; `ALIVE` where that cannot be read; `undefined` if there is none. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program, in brackets, may hold anything; state is the first field behind it, start time the 20th (proc_pid_stat(5): 3 and 22).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie does nothing any more and waits only to be reaped.
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return isRunning(pid) ? ALIVE : undefined;
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

let read: { readonly space: string | undefined } | undefined;

/** Boot and namespace, which stay the same for as long as this process lives; `undefined` where they cannot be read. */
function numberSpace(): string | undefined {
  read ??= { space: readNumberSpace() };
  return read.space;
}

function readNumberSpace(): string | undefined {
  try {
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return undefined;
  }
}
