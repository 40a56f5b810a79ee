import { open, readFile, rm } from "node:fs/promises";

/** Files that this process has locked: its own number in a lock says nothing, since a restarted container may have the same one again. */
const held = new Set<string>();

/**
 * Keeps a data file from being used by two emulators, each of which would undo what the other has written: `FILE.lock` holds the number of the process.
 * The lock of a process that is gone is taken over. Rejects with a sentence if the file is in use.
 */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  const lock = `${path}.lock`;
  const inUse = (owner: number): Error =>
    new Error(
      `Expected ${path} to be free; the emulator of process ${owner} uses it. If there is none, delete ${lock}`,
    );
  if (held.has(lock)) throw inUse(process.pid);
  held.add(lock);
  try {
    while (!(await tryLock(lock))) {
      const owner = await readOwner(lock);
      if (owner !== process.pid && isAlive(owner)) throw inUse(owner);
      await rm(lock, { force: true });
    }
  } catch (error) {
    held.delete(lock);
    throw error;
  }
  return async () => {
    if (held.delete(lock)) await rm(lock, { force: true });
  };
}

async function tryLock(lock: string): Promise<boolean> {
  try {
    await using file = await open(lock, "wx", 0o600);
    await file.writeFile(String(process.pid));
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** 0 if the lock went away meanwhile, or holds no number. */
async function readOwner(lock: string): Promise<number> {
  try {
    return Number(await readFile(lock, "utf8")) || 0;
  } catch {
    return 0;
  }
}

function isAlive(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is there, and another user's.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
