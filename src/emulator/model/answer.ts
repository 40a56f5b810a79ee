import { type Command, parseCommands } from "./commands.ts";
import type { ItemDraft } from "./items.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { textOf } from "./read-json.ts";
import { sampleOfSchema } from "./json-sample.ts";
import { judge } from "./judgement.ts";
import type { ModelAnswer, ModelEnd, ModelRequest } from "./model.ts";
import { functionCalls, mcpCalls, unknownTools } from "./tool-calls.ts";
import { readTurn, type Turn } from "./turn.ts";

/** Every text of the emulator's own model begins with this, so that nobody takes it for a model's. */
export const EMULATOR_MARK = "[tenure emulator]";

/** The emulator's own model: no network, no chance, no clock. The same request gives the same answer. */
export function answerAlone(request: ModelRequest): ModelAnswer {
  try {
    return answerTurn(request);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { output: [], end: { status: "failed", code: "invalid_json_schema", message: error.message } };
  }
}

function answerTurn(request: ModelRequest): ModelAnswer {
  const turn = readTurn(request);
  const commands = parseCommands(turn.message);
  const slow = commands.find((command) => command.kind === "slow");
  const pace = slow === undefined ? {} : { paceMs: slow.paceMs };
  const ended = endEarly(turn, commands);
  if (ended !== undefined) return { ...ended, ...pace };
  const calls = [...functionCalls(request, turn, commands), ...mcpCalls(request, turn, commands)];
  const output = calls.some(waitsForClient)
    ? calls
    : [...calls, ...search(request, turn), message(request, turn, commands)];
  return { output, end: { status: "completed" }, ...pace };
}

function waitsForClient(item: ItemDraft): boolean {
  return item.type === "function_call" || item.type === "mcp_approval_request";
}

function endEarly(turn: Turn, commands: readonly Command[]): ModelAnswer | undefined {
  const kinds = new Set(commands.map((command) => command.kind));
  if (kinds.has("failed")) {
    const end: ModelEnd = {
      status: "failed",
      code: "server_error",
      message: `${EMULATOR_MARK} The message asked for a failed response.`,
    };
    return { output: [], end };
  }
  if (kinds.has("content_filter")) {
    return {
      output: [textMessage(`${EMULATOR_MARK} The content filter`)],
      end: { status: "incomplete", reason: "content_filter" },
    };
  }
  if (kinds.has("refusal")) {
    const refusal = `${EMULATOR_MARK} I cannot help with: ${quote(turn.question)}`;
    return { output: [messageOf({ type: "refusal", refusal })], end: { status: "completed" } };
  }
  return undefined;
}

function search(request: ModelRequest, turn: Turn): ItemDraft[] {
  if (turn.message === "" || !hasWebSearch(request)) return [];
  const query = turn.message.slice(0, 200);
  return [
    {
      type: "web_search_call",
      status: "completed",
      action: { type: "search", query, queries: [query] },
    },
  ];
}

function hasWebSearch(request: ModelRequest): boolean {
  return request.tools.some((tool) => textOf(tool["type"])?.startsWith("web_search") === true);
}

function message(request: ModelRequest, turn: Turn, commands: readonly Command[]): ItemDraft {
  if (request.format?.["type"] === "json_schema") return textMessage(JSON.stringify(structured(request.format, turn)));
  const text = plainText(request, turn, commands);
  if (request.format?.["type"] === "json_object") return textMessage(JSON.stringify({ answer: text }));
  if (turn.message === "" || !hasWebSearch(request)) return textMessage(text);
  return cited(text, turn.question);
}

function structured(format: JsonObject, turn: Turn): unknown {
  const nested = isJsonObject(format["json_schema"]) ? format["json_schema"]["schema"] : undefined;
  const seed = { text: `${EMULATOR_MARK} ${turn.question}`, fraction: judge(turn.question) };
  return sampleOfSchema(format["schema"] ?? nested, seed);
}

function plainText(request: ModelRequest, turn: Turn, commands: readonly Command[]): string {
  const after = turn.previousQuestion === undefined ? "" : `, after: ${quote(turn.previousQuestion)}`;
  const who = request.speaker === request.model ? request.model : `${request.speaker} on ${request.model}`;
  const lines = [`${EMULATOR_MARK} ${who}, turn ${turn.number}${after}. You asked: ${quote(turn.question)}`];
  for (const { tool, output } of turn.toolOutputs) lines.push(`The output of ${tool} is: ${output}`);
  for (const item of turn.latest) {
    if (item.type === "mcp_approval_response")
      lines.push(item["approve"] === true ? "The call was approved." : "The call was not approved.");
  }
  for (const name of unknownTools(request, commands)) lines.push(`There is no tool ${name}.`);
  return lines.join("\n");
}

function cited(text: string, question: string): ItemDraft {
  const url = `https://example.com/search?q=${encodeURIComponent(beginning(question, 60))}`;
  const link = `([example.com](${url}))`;
  const annotation = {
    type: "url_citation",
    start_index: text.length + 1,
    end_index: text.length + 1 + link.length,
    url,
    title: "A page that the emulator made up",
  };
  return messageOf({
    type: "output_text",
    text: `${text} ${link}`,
    annotations: [annotation],
    logprobs: [],
  });
}

/** An assistant's message of one text. */
export function textMessage(text: string): ItemDraft {
  return messageOf({ type: "output_text", text, annotations: [], logprobs: [] });
}

function messageOf(part: JsonObject): ItemDraft {
  return { type: "message", role: "assistant", content: [part] };
}

// Long questions are cut: a conversation's answers must not grow with its questions without end.
function quote(text: string): string {
  return `"${text.length > 2000 ? `${beginning(text, 2000)}…` : text}"`;
}

// A cut must not leave half of a surrogate pair: it could not be written as UTF-8.
function beginning(text: string, length: number): string {
  return text.slice(0, length).replaceAll(/\p{Surrogate}/gu, "\uFFFD");
}
