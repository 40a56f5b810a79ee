import { TenureError } from "../errors/index.ts";
import type { Terminal } from "./terminal.ts";

/** Asks a person. Rejects with `aborted` after a no, and with `invalid_option` where nobody can be asked. */
export async function confirm(question: string, terminal: Terminal): Promise<void> {
  if (!terminal.isInteractive) {
    throw new TenureError("invalid_option", "Nobody can be asked here.", {
      hint: "Pass --yes to go on without a question.",
    });
  }
  const { confirm: ask } = await import("@clack/prompts");
  if ((await ask({ message: question, initialValue: false })) !== true) {
    throw new TenureError("aborted", "Nothing was done.", { hint: "Answer yes, or pass --yes." });
  }
}
