import { open, rename, rm } from "node:fs/promises";
import { Command } from "commander";
import { TenureError } from "../../errors/index.ts";
import type { GlobalOptions } from "../global-options.ts";
import { openManager } from "../open-manager.ts";
import { FLEET_FILE } from "../read-fleet.ts";
import type { Terminal } from "../terminal.ts";

interface ImportOptions extends GlobalOptions {
  readonly force?: boolean;
}

/** `tenure import`. */
export function importCommand(terminal: Terminal): Command {
  return new Command("import")
    .description("Write a fleet file of what the service holds.")
    .argument("[file]", "the file to write; - prints it", FLEET_FILE)
    .option("--force", "replace a file that is there")
    .action(async (file: string, _, command: Command) => importFleet(file, terminal, command.optsWithGlobals()));
}

async function importFleet(file: string, terminal: Terminal, options: ImportOptions): Promise<void> {
  await using manager = await openManager();
  if (file === "-") {
    terminal.print((await Array.fromAsync(manager.importFleet())).join("").trimEnd());
    return;
  }
  const isThere = await open(file, "r").then(
    async (handle) => handle.close().then(() => true),
    () => false,
  );
  if (isThere && options.force !== true) {
    throw new TenureError("invalid_option", `"${file}" is there already.`, {
      hint: "Name another file, or pass --force.",
    });
  }
  await writePieces(file, manager.importFleet());
  if (options.json === true) terminal.print(JSON.stringify({ file }, undefined, 2));
  else terminal.print(`Wrote ${file}. See what it changes with: tenure plan ${file}`);
}

/** Beside the file first, so that a failure on the way leaves what was there. */
async function writePieces(file: string, pieces: AsyncIterable<string>): Promise<void> {
  const beside = `${file}.${process.pid}.tmp`;
  try {
    await using handle = await open(beside, "w");
    for await (const piece of pieces) await handle.write(piece);
    await handle.sync();
    await rename(beside, file);
  } catch (thrown) {
    await rm(beside, { force: true });
    throw TenureError.from(thrown, "invalid_option");
  }
}
