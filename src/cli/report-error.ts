import { CommanderError } from "commander";
import { TenureError } from "../errors/index.ts";
import type { Terminal } from "./terminal.ts";

/** Tells why the command failed, as sentences or as JSON, and gives its exit status. Asking for help or the version is no failure: 0. */
export function reportError(thrown: unknown, options: { readonly json: boolean; readonly terminal: Terminal }): number {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
  const error = thrown instanceof CommanderError ? usageError(thrown) : TenureError.from(thrown);
  if (options.json) options.terminal.print(JSON.stringify({ error }, undefined, 2));
  else options.terminal.note(`error: ${error.message}\nhint: ${error.hint}\ncode: ${error.code}`);
  return error.exitCode;
}

function usageError(thrown: CommanderError): TenureError {
  const isMissing = thrown.code === "commander.help";
  const message = isMissing ? "A command is missing." : thrown.message.replace(/^error: /, "");
  return new TenureError("invalid_option", message, { hint: "See `tenure --help`, or `tenure COMMAND --help`." });
}
