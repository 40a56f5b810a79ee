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

/** Reads `call NAME {json}`, `mcp NAME {json}` and `emulate WORD` off the start of a line of the message. */
export function parseCommands(message: string): Command[] {
  return message.split("\n").flatMap((line) => parseLine(line.trim()) ?? []);
}

function parseLine(line: string): Command | undefined {
  const tool = /^(call|mcp)\s+([\w.:-]+)(?:\s+(\{.*\}))?$/u.exec(line);
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
