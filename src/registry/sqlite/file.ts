import { type BigIntStats, closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { TenureError } from "../../errors/index.ts";

/** Which file it is, whatever it is called. */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
}

/**
 * Makes sure that there is a file to open, and a folder around it. A new file can be read by its owner only: it names agents, users and conversations.
 * SQLite gives the files beside it the same mode.
 */
export function prepareFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new TenureError("registry_not_a_file", `The registry ${path} is a directory.`);
  }
  closeSync(openSync(path, "a", 0o600));
}

export function identifyFile(path: string): FileIdentity | undefined {
  const stats: BigIntStats | undefined = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? undefined : { device: stats.dev, inode: stats.ino };
}

export function isSameFile(left: FileIdentity | undefined, right: FileIdentity | undefined): boolean {
  return left?.device === right?.device && left?.inode === right?.inode;
}
