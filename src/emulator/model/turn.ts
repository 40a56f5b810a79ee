import { type Item, isUserMessage, itemText, outputText } from "./items.ts";
import { textOf } from "./read-json.ts";
import type { ModelRequest } from "./model.ts";

/** A request as the emulator's model reads it: what is new, and what came before. */
export interface Turn {
  /** Items after the model's last own item, whether the client sent the items before it again or not. */
  readonly latest: readonly Item[];
  readonly earlier: readonly Item[];
  /** The user's words in `latest`; empty when only tool outputs came. */
  readonly message: string;
  /** The user's last words, also from before a tool call. */
  readonly question: string;
  readonly previousQuestion: string | undefined;
  /** How many turns the user has taken so far, this one included. */
  readonly number: number;
  /** What the tools gave back since the model's last item. */
  readonly toolOutputs: readonly { readonly tool: string; readonly output: string }[];
}

export function readTurn(request: ModelRequest): Turn {
  const items = [...request.history, ...request.input];
  const start = items.findLastIndex(isModelItem) + 1;
  const [earlier, latest] = [items.slice(0, start), items.slice(start)];
  const asked = items.filter(isUserMessage);
  const fresh = latest.filter(isUserMessage);
  const before = asked.slice(0, asked.length - Math.max(1, fresh.length)).at(-1);
  return {
    latest,
    earlier,
    message: fresh.map(itemText).join("\n"),
    question: (fresh.length > 0 ? fresh : asked.slice(-1)).map(itemText).join("\n"),
    previousQuestion: before === undefined ? undefined : itemText(before),
    number: asked.length - Math.max(0, fresh.length - 1),
    toolOutputs: latest.filter((item) => item.type === "function_call_output").map((item) => toolOutput(item, earlier)),
  };
}

function isModelItem(item: Item): boolean {
  if (item.type === "message") return item["role"] === "assistant";
  return !item.type.endsWith("_output") && item.type !== "mcp_approval_response" && item.type !== "item_reference";
}

function toolOutput(item: Item, earlier: readonly Item[]): { tool: string; output: string } {
  const call = earlier.findLast((other) => other.type === "function_call" && other["call_id"] === item["call_id"]);
  return { tool: textOf(call?.["name"]) ?? "the tool", output: outputText(item["output"]) };
}
