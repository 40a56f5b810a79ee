import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";

/** How a command ended and what it printed. */
export interface CommandResult {
  /** `null` if a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command to its end and collects what it prints. Rejects only if it cannot be started.
 * With `timeout` (ms) it is told to end after that time, and killed if it does not; then `code` is `null`.
 */
export async function capture(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<CommandResult> {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  if (options.timeout !== undefined) endForCertain(child, options.timeout);
  const stdout = gather(child.stdout);
  const stderr = gather(child.stderr);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout: stdout(), stderr: stderr() };
}

/** What the stream has given so far, also if it never ends. */
function gather(stream: Readable | null): () => string {
  let seen = "";
  stream?.setEncoding("utf8").on("data", (chunk: string) => (seen += chunk));
  return () => seen;
}

/** The same, but a command that fails ends this script with what it printed. */
export async function mustRun(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<string> {
  const result = await capture(command, args, options);
  if (result.code === 0) return result.stdout;
  throw new Error(`${command} ${args.join(" ")} ended with ${result.code}:\n${result.stdout}${result.stderr}`);
}

const GRACE_MS = 5_000;

/** Some seconds after the polite signal comes the impolite one, and an end to waiting for whoever else holds its pipes. */
function endForCertain(child: ChildProcess, timeoutMs: number): void {
  const timer = setTimeout(() => {
    child.kill("SIGKILL");
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, timeoutMs + GRACE_MS);
  child.once("close", () => clearTimeout(timer));
}
