import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Compiled sources, shared by all processes of a run: with it a process that loads the manager takes 80 ms of processor time instead of 280. */
const COMPILE_CACHE = fileURLToPath(new URL("../../node_modules/.cache/tenure-compile", import.meta.url));

/** A program in a process of its own: what it printed, line by line as JSON, once it has ended well. */
export async function runProgram(file: URL, input: unknown): Promise<readonly unknown[]> {
  const program = startProgram(file, input);
  const code = await program.ended;
  if (code !== 0) throw new Error(`${fileURLToPath(file)} ended with ${String(code)}:\n${program.errors()}`);
  return program.lines();
}

export interface RunningProgram {
  readonly child: ChildProcess;
  /** The exit status; `null` after a signal. */
  readonly ended: Promise<number | null>;
  lines(): readonly unknown[];
  errors(): string;
  /** Gives it a line of JSON to read. */
  say(value: unknown): void;
  /** Ends what it can read. */
  hangUp(): void;
  /** Resolves with the first line, past or coming, that the test accepts; rejects if the program ends before. */
  line(accepts: (line: unknown) => boolean): Promise<unknown>;
}

/** Starts it; it reads its input as JSON from its first argument. */
export function startProgram(file: URL, input: unknown): RunningProgram {
  const child = spawn(process.execPath, [fileURLToPath(file), JSON.stringify(input)], {
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const lines: unknown[] = [];
  const waiting = new Set<() => void>();
  let errors = "";
  let rest = "";
  let over = false;
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (errors += chunk));
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) lines.push(JSON.parse(part));
    for (const look of waiting) look();
  });
  const ended = once(child, "close").then(([code]: unknown[]) => {
    over = true;
    for (const look of waiting) look();
    return typeof code === "number" ? code : null;
  });
  return {
    child,
    ended,
    lines: () => lines,
    errors: () => errors,
    say: (value) => void child.stdin.write(`${JSON.stringify(value)}\n`),
    hangUp: () => void child.stdin.end(),
    line: (accepts) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find(accepts);
          if (found === undefined && !over) return;
          waiting.delete(look);
          if (found === undefined) reject(new Error(`The program ended without the line.\n${errors}`));
          else resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}
