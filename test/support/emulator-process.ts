import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { text } from "node:stream/consumers";

/** What a finished process left. */
export interface ProcessResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Variables of this process that would change what an Azure credential finds. */
const foreign = /^(?:AZURE_|IDENTITY_|MSI_|FOUNDRY_|TENURE_|NODE_EXTRA_CA_CERTS|NODE_OPTIONS|NODE_TEST)/;

function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

function startProgram(program: string, args: readonly string[], environment: NodeJS.ProcessEnv): ChildProcess {
  const file = fileURLToPath(new URL(`../emulator/programs/${program}`, import.meta.url));
  // Without `--` Node would take an `--env-file` of the program for its own.
  return spawn(process.execPath, ["--", file, ...args], {
    env: { ...cleanEnvironment(), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function collect(child: ChildProcess): Promise<ProcessResult> {
  if (child.stdout === null || child.stderr === null) throw new Error("No pipes");
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { exitCode, stdout, stderr };
}

/** Runs a program of `test/emulator/programs` to its end. */
export async function runProgram(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<ProcessResult> {
  return await collect(startProgram(program, args, environment));
}

/** A `tenure emulator` that runs in a process of its own. */
export interface EmulatorProcess extends AsyncDisposable {
  /** A directory for its files, removed at the end. */
  readonly directory: string;
  /** What its `export` lines set. */
  readonly environment: Readonly<Record<string, string>>;
  /** Sends a signal and waits for the end. */
  stop(signal: NodeJS.Signals): Promise<ProcessResult>;
}

/** Reads `export NAME=value` lines; throws on any other. */
export function readExports(lines: string): Record<string, string> {
  const pairs = lines
    .trimEnd()
    .split("\n")
    .map((line) => {
      const match = /^export ([A-Z_]+)=(\S+)$/.exec(line);
      if (match?.[1] === undefined || match[2] === undefined) throw new Error(`Not an export line: ${line}`);
      return [match[1], match[2]];
    });
  return Object.fromEntries(pairs) as Record<string, string>;
}

function waitForLines(child: ChildProcess, last: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      seen += chunk.toString("utf8");
      if (seen.includes(`export ${last}=`) && seen.endsWith("\n")) resolve(seen);
    });
    child.once("close", () => reject(new Error(`The emulator ended before it was ready: ${seen}`)));
  });
}

/** Starts the command with `--port 0` and waits for its variables. `args` may name `DIR`, its directory. */
export async function startEmulatorProcess(
  args: readonly string[] = [],
  more: NodeJS.ProcessEnv = {},
): Promise<EmulatorProcess> {
  const directory = await mkdtemp(join(tmpdir(), "emulator-process-"));
  const placed = args.map((arg) => arg.replaceAll("DIR", directory));
  const child = startProgram("command.ts", ["emulator", "--port", "0", ...placed], { TENURE_HOME: directory, ...more });
  const finished = collect(child);
  const environment = readExports(await waitForLines(child, "NODE_EXTRA_CA_CERTS"));
  const stop = async (signal: NodeJS.Signals): Promise<ProcessResult> => {
    child.kill(signal);
    return await finished;
  };
  return {
    directory,
    environment,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop("SIGKILL");
      await rm(directory, { recursive: true });
    },
  };
}
