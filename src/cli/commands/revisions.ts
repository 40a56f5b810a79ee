import { Command } from "commander";
import type { RevisionInfo } from "../../lifecycle/revisions/list-revisions.ts";
import type { GlobalOptions } from "../global-options.ts";
import { openManager } from "../open-manager.ts";
import { formatTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";

interface HoldOptions extends GlobalOptions {
  readonly revision?: string;
  readonly until?: string;
  readonly reason?: string;
  readonly off?: boolean;
}

/** `tenure revisions`. */
export function revisionsCommand(terminal: Terminal): Command {
  const revisions = new Command("revisions").description("Look at the revisions of an agent, and hold them.");
  revisions
    .command("list <name>")
    .description("list the live revisions, newest first")
    .action(async (name: string, _, command: Command) => list(name, terminal, command.optsWithGlobals()));
  revisions
    .command("pin <name> [revision]")
    .description("make a revision (default: the current one) current and hold it there")
    .option("--off", "let the current revision move again")
    .action(async (name: string, revision: string | undefined, _, command: Command) =>
      pin({ name, revision }, terminal, command.optsWithGlobals()),
    );
  revisions
    .command("protect <name>")
    .description("keep an agent, or one revision, from every deletion")
    .option("--revision <revision>", "version or fingerprint (default: the whole agent)")
    .option("--until <time>", "e.g. 30d or 2027-01-31T00:00:00Z (default: for good)")
    .option("--reason <text>", "kept in the audit trail")
    .option("--off", "take the protection away")
    .action(async (name: string, _, command: Command) => protect(name, terminal, command.optsWithGlobals()));
  return revisions;
}

async function list(name: string, terminal: Terminal, { json }: GlobalOptions): Promise<void> {
  await using manager = await openManager();
  const revisions = await manager.revisions(name);
  terminal.print(json === true ? JSON.stringify({ revisions }, undefined, 2) : revisionTable(revisions));
}

/** Revisions as a person reads them. */
export function revisionTable(revisions: readonly RevisionInfo[]): string {
  const rows = revisions.map((revision) => [
    revision.remote.version ?? revision.remote.id,
    revision.fingerprint.slice(0, 15),
    revision.state,
    revision.holds.map(holdText).join(", "),
    String(revision.uses),
    revision.lastUsed ?? "never",
    revision.createdAt,
  ]);
  return formatTable(["VERSION", "FINGERPRINT", "STATE", "HELD BY", "USES", "LAST USED", "CREATED"], rows);
}

function holdText(hold: RevisionInfo["holds"][number]): string {
  if (hold.kind === "aliased") return hold.alias;
  return hold.kind === "protected" ? `protected until ${hold.until}` : hold.kind;
}

async function pin(
  { name, revision }: { readonly name: string; readonly revision: string | undefined },
  terminal: Terminal,
  { json, off }: HoldOptions,
): Promise<void> {
  await using manager = await openManager();
  if (off === true) {
    const unpinned = await manager.unpin(name);
    terminal.print(
      json === true ? JSON.stringify({ unpinned }) : unpinned ? `Unpinned: ${name}` : `${name} was not pinned.`,
    );
    return;
  }
  const pinned = await manager.pin(name, revision);
  terminal.print(json === true ? JSON.stringify({ pinned }, undefined, 2) : `Pinned: ${pinned.remote.id}`);
}

async function protect(name: string, terminal: Terminal, options: HoldOptions): Promise<void> {
  const { json, off, until, revision, reason } = options;
  await using manager = await openManager();
  if (off === true) {
    const unprotected = await manager.unprotect(name, { revision, reason });
    const text = unprotected ? `The protection is gone: ${name}` : `${name} was not protected.`;
    terminal.print(json === true ? JSON.stringify({ unprotected }) : text);
    return;
  }
  const end = await manager.protect(name, until, { revision, reason });
  terminal.print(json === true ? JSON.stringify({ protectedUntil: end }) : `Protected until ${end}: ${name}`);
}
