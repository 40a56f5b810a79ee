import type { ConversationItem } from "../services/contract/index.ts";

/** One thing that was said. */
export interface Turn {
  readonly role: "user" | "assistant";
  readonly text: string;
  /** When it was said, ISO 8601; absent for what was read back from the service, which does not tell. */
  readonly at?: string | undefined;
  /** Of the run that said it. */
  readonly requestId?: string | undefined;
}

/** The turns among the items of a conversation: what user and assistant said, without instructions, tool calls and reasoning. */
export function turnsOf(items: readonly ConversationItem[]): readonly Turn[] {
  return items.flatMap(({ type, role, text }) =>
    type === "message" && (role === "user" || role === "assistant") ? [{ role, text }] : [],
  );
}
