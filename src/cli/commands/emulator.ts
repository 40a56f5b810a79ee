import { once } from "node:events";
import { rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import type { Emulator, EmulatorOptions } from "../../emulator/index.ts";
import { TenureError } from "../../errors/index.ts";
import { systemRuntime } from "../../runtime/index.ts";

/** How soon an emulator that was started by npx notices that npx is gone. */
const ORPHAN_CHECK_MS = 250;

/** The port that is tried first when none is given, so that the printed variables mostly stay true over restarts. */
const preferredPort = 4455;

/** What the command line may say. */
export interface EmulatorCommandOptions {
  /** 0 to 65535. Default: 4455, or any free port when that one is taken. */
  readonly port?: number;
  /** File in which the state survives. Default: memory. */
  readonly data?: string;
  /** Base URL of an OpenAI-compatible server. */
  readonly upstream?: string;
  /** Name of the model deployment. Default `gpt-4.1`. */
  readonly model?: string;
  /** Plain HTTP instead of TLS. Default false. */
  readonly http?: boolean;
  /** File that gets the printed lines too. */
  readonly envFile?: string;
  /** No words on standard error. Default false. */
  readonly quiet?: boolean;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("Expected a whole number from 0 to 65535.");
}

function startOptions(options: EmulatorCommandOptions, environment: NodeJS.ProcessEnv): EmulatorOptions {
  const upstreamKey = environment.TENURE_EMULATOR_UPSTREAM_KEY;
  return {
    certDirectory: join(environment.TENURE_HOME ?? join(homedir(), ".tenure"), "emulator"),
    http: options.http ?? false,
    ...(options.data === undefined ? {} : { dataFile: options.data }),
    ...(options.upstream === undefined ? {} : { upstream: options.upstream }),
    ...(options.model === undefined ? {} : { model: options.model }),
    ...(upstreamKey === undefined ? {} : { upstreamKey }),
  };
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}

async function start(options: EmulatorCommandOptions): Promise<Emulator> {
  const { startEmulator } = await import("../../emulator/index.ts");
  const common = startOptions(options, process.env);
  try {
    return await startEmulator({ ...common, port: options.port ?? preferredPort });
  } catch (error) {
    if (!isPortTaken(error)) throw asTenureError(error);
    if (options.port === undefined) return await start({ ...options, port: 0 });
    throw new TenureError("invalid_option", `Port ${options.port} is taken.`, {
      cause: error,
      hint: "Pass another --port, or none.",
    });
  }
}

/** What keeps the emulator from starting is an option: a wrong value, or a file that cannot be used. */
function asTenureError(error: unknown): TenureError {
  return TenureError.from(error, "invalid_option");
}

/** Quotes a value for a POSIX shell where that is needed. */
function quote(value: string): string {
  return /^[A-Za-z0-9_./:@%+=-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

/** One `export NAME=value` line per variable. A shell can source it, and Node's `--env-file` reads it. */
export function formatEnvironment(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `export ${name}=${quote(value)}\n`)
    .join("");
}

async function writeEnvFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(draft, text, { mode: 0o600 });
    await rename(draft, path);
  } catch (error) {
    throw new TenureError("invalid_option", `The file of --env-file cannot be written: ${path}`, { cause: error });
  }
}

/** Settles at the first SIGINT or SIGTERM, or when npx is gone. A second signal ends the process at once, as by default. */
async function waitForEnd(): Promise<void> {
  const stop = new AbortController();
  const signals = ["SIGINT", "SIGTERM"].map((name) => once(process, name, { signal: stop.signal }));
  const ends = [...signals, ...(process.env.npm_command === "exec" ? [waitForOrphaning(stop.signal)] : [])];
  await Promise.race(ends.map((end) => end.catch(() => undefined)));
  stop.abort();
}

/**
 * Settles when the process that started this one has ended. npx stands behind a shell that ends at SIGTERM without passing it on (npm 11), so that
 * `npx tenure emulator & … kill $!` would leave the emulator behind with its port.
 */
async function waitForOrphaning(signal: AbortSignal): Promise<void> {
  const parent = process.ppid;
  while (process.ppid === parent) await systemRuntime.sleep(ORPHAN_CHECK_MS, { signal });
}

/**
 * Runs the emulator until SIGINT or SIGTERM. When it is ready it prints the variables of an unchanged program to standard output, and nothing
 * else there. Throws a `TenureError` `invalid_option` if it cannot start.
 */
export async function runEmulatorCommand(options: EmulatorCommandOptions = {}): Promise<void> {
  await using emulator = await start(options);
  const stopped = waitForEnd();
  const lines = formatEnvironment(emulator.env);
  if (options.envFile !== undefined) await writeEnvFile(options.envFile, lines);
  process.stdout.write(lines);
  if (options.quiet !== true) {
    process.stderr.write(
      `Foundry emulator ready at ${emulator.endpoint}\nExport the lines above, then start your program. Ctrl-C ends.\n`,
    );
  }
  const trusted = process.env["NODE_EXTRA_CA_CERTS"];
  if (options.quiet !== true && trusted !== undefined && emulator.caFile !== undefined && trusted !== emulator.caFile)
    process.stderr.write(
      `NODE_EXTRA_CA_CERTS is ${trusted} now; where the lines are exported that is trusted no more.\n`,
    );
  await stopped;
}

/** `tenure emulator`. */
export function emulatorCommand(): Command {
  return new Command("emulator")
    .description("Run a local Microsoft Foundry Agent Service and print the variables that point a program to it.")
    .option(
      "--port <number>",
      `port on loopback; 0 takes any free one (default: ${preferredPort}, or a free one)`,
      parsePort,
    )
    .option("--data <file>", "keep agents, conversations and responses in this file (default: in memory)")
    .option("--upstream <url>", "let an OpenAI-compatible server answer, e.g. http://localhost:11434/v1")
    .option("--model <name>", "name of the model deployment (default: gpt-4.1)")
    .option("--http", "plain HTTP instead of TLS; the Azure clients send no token over it")
    .option("--env-file <path>", "write the printed lines to this file too")
    .option("--quiet", "say nothing on standard error")
    .action(async (options: EmulatorCommandOptions) => {
      await runEmulatorCommand(options);
    });
}
