import { isJsonObject, type JsonObject } from "../json.ts";

/**
 * What a user message can make the emulator do, instead of the plain answer. `call` and `mcp` name a tool and its
 * arguments; the others are fixed words after `emulate`.
 */
export type Command = ToolCommand | WordCommand;

export interface ToolCommand {
  readonly kind: "call" | "mcp";
  readonly name: string;
  /** The arguments as JSON text. */
  readonly args: string;
}

export type WordCommand =
  | { readonly kind: "content_filter" | "failed" | "refusal" }
  | { readonly kind: "slow"; readonly paceMs: number };

export function isToolCommand(command: Command): command is ToolCommand {
  return command.kind === "call" || command.kind === "mcp";
}

const DEFAULT_PACE_MS = 50;

/** Reads `call NAME {json}`, `mcp NAME {json}` and `emulate WORD` off the start of a line of the message. The JSON may go on over the lines after it. */
export function parseCommands(message: string): Command[] {
  const commands: Command[] = [];
  for (let rest = message; rest !== "";) {
    const line = firstLine(rest);
    const command = parseLine(line.trim());
    if (command !== undefined) commands.push(command);
    rest = rest.slice(line.length + 1);
  }
  return commands;
}

/** To the end of the line, or of the line on which the JSON of a call ends. */
function firstLine(text: string): string {
  const opening = /^\s*(?:call|mcp)[^\S\n]+[\w.:-]+[^\S\n]+(?=\{)/u.exec(text)?.[0];
  const from = opening === undefined ? 0 : endOfObject(text, opening.length);
  const end = text.indexOf("\n", from);
  return end === -1 ? text : text.slice(0, end);
}

/** Behind the brace that closes the one at `start`; 0 if none does. */
function endOfObject(text: string, start: number): number {
  const token = /"(?:[^"\\]|\\.)*"|[{}]/gsu;
  token.lastIndex = start;
  let depth = 0;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    if (found[0] === "{") depth += 1;
    if (found[0] === "}") depth -= 1;
    if (depth === 0) return token.lastIndex;
  }
  return 0;
}

function parseLine(line: string): Command | undefined {
  const tool = /^(call|mcp)\s+([\w.:-]+)(?:\s+(\{.*\}))?$/su.exec(line);
  if (tool !== null) return parseToolCall(tool);
  const slow = /^emulate\s+slow(?:\s+(\d{1,7})\s*(?:ms)?)?\b/u.exec(line);
  if (slow !== null) return { kind: "slow", paceMs: Number(slow[1] ?? DEFAULT_PACE_MS) };
  const word = /^emulate\s+(content_filter|failed|refusal)\b/u.exec(line)?.[1];
  if (word === "content_filter" || word === "failed" || word === "refusal") return { kind: word };
  return undefined;
}

function parseToolCall([, verb, name, args]: RegExpExecArray): Command | undefined {
  const object = parseObject(args ?? "{}");
  if (name === undefined || object === undefined) return undefined;
  return { kind: verb === "mcp" ? "mcp" : "call", name, args: JSON.stringify(object) };
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
