import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, startEmulator } from "../../src/emulator/index.ts";

const launcher = join(import.meta.dirname, "../../bin/tenure.cjs");

/** How the command ended. */
export interface CommandEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command as a user would, with nothing in its environment but what is given. */
export function tenure(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandEnd> {
  const environment = { PATH: process.env["PATH"] ?? "", HOME: tmpdir(), ...env };
  return new Promise((resolve) => {
    const options = { env: environment, cwd: tmpdir(), encoding: "utf8" } as const;
    execFile(process.execPath, [launcher, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

/** An emulator, and the environment of a command that works with it and keeps its registry in a folder of its own. */
export interface CommandWorld extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly env: Readonly<Record<string, string>>;
  readonly registryFile: string;
}

/** Whoever opens it closes it. */
export async function openCommandWorld(): Promise<CommandWorld> {
  const folder = await mkdtemp(join(tmpdir(), "tenure-cli-"));
  const emulator = await startEmulator();
  const registryFile = join(folder, "registry.db");
  return {
    emulator,
    registryFile,
    env: { ...emulator.env, TENURE_REGISTRY: registryFile },
    async [Symbol.asyncDispose]() {
      await emulator.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
