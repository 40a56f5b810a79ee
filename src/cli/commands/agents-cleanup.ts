import { TenureError } from "../../errors/index.ts";
import type { ProductionAgentManager } from "../../lifecycle/index.ts";
import type { GlobalOptions } from "../global-options.ts";
import { openManager } from "../open-manager.ts";
import type { Terminal } from "../terminal.ts";

interface CleanupOptions extends GlobalOptions {
  readonly all?: boolean;
  readonly yes?: boolean;
}

/** `tenure agents cleanup`: one agent by name, or every agent of the scope. Rejects with `agent_not_found` if the named one is unknown. */
export async function cleanupAgents(
  name: string | undefined,
  terminal: Terminal,
  options: CleanupOptions,
): Promise<void> {
  if ((name === undefined) === (options.all !== true)) {
    throw new TenureError("invalid_option", "Name one agent, or pass --all.", { hint: "See `tenure agents list`." });
  }
  await using manager = await openManager();
  const what = name === undefined ? `every agent of scope ${manager.scope}` : `agent "${name}"`;
  if (options.yes !== true) await confirm(`Delete ${what} in ${manager.service.location}?`, terminal);
  const left = new Map<string, number>();
  manager.onEvent((event) => {
    if (event.type === "agent.deleted" && event.left !== undefined && event.left > 0)
      left.set(event.agentName, event.left);
  });
  const deleted = name === undefined ? await cleanupScope(manager) : await cleanupOne(manager, name);
  if (options.json === true)
    return terminal.print(JSON.stringify({ deleted, left: Object.fromEntries(left) }, undefined, 2));
  terminal.print(deleted.length === 0 ? "There was nothing to delete." : `Deleted: ${deleted.join(", ")}`);
  for (const [agentName, count] of left)
    terminal.print(`Left in the service: ${count} of the versions of ${agentName}, which Tenure did not make.`);
}

async function cleanupOne(manager: ProductionAgentManager, name: string): Promise<readonly string[]> {
  if (await manager.cleanupAgent(name)) return [name];
  throw new TenureError("agent_not_found", `There is no agent "${name}" in scope ${manager.scope}.`);
}

async function cleanupScope(manager: ProductionAgentManager): Promise<readonly string[]> {
  const { deleted, failed } = await manager.cleanupAll();
  const [first] = failed;
  if (first === undefined) return deleted;
  const names = failed.map(({ agentName }) => agentName).join(", ");
  throw new TenureError(first.error.code, `Not deleted: ${names}. The first failure: ${first.error.message}`, {
    hint: first.error.hint,
    cause: first.error,
    details: { deleted },
  });
}

async function confirm(question: string, terminal: Terminal): Promise<void> {
  if (!terminal.isInteractive) {
    throw new TenureError("invalid_option", "Nobody can be asked here.", {
      hint: "Pass --yes to delete without a question.",
    });
  }
  const { confirm: ask } = await import("@clack/prompts");
  if ((await ask({ message: question, initialValue: false })) !== true) {
    throw new TenureError("aborted", "Nothing was deleted.", { hint: "Answer yes, or pass --yes." });
  }
}
