import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import type { AgentConfig, ServiceTool } from "../src/config/index.ts";

/** A configuration of about so many characters: a third instructions, the rest tools. New objects and new, flat strings at every call. */
export function literal(size: number): AgentConfig {
  const lines = Math.round(size / 3 / 50);
  const tools = Math.round(((size / 3) * 2) / 330);
  return {
    agentName: "market_analyst",
    model: "gpt-4.1",
    instructions: Array.from(
      { length: lines },
      (_, line) => `${line}. Say where every figure comes from and when.`,
    ).join("\n"),
    enableWebSearch: true,
    temperature: 0.2,
    tools: Array.from({ length: tools }, (_, index) => functionTool(index)),
    metadata: { team: "markets", cost_center: "4711" },
  };
}

/** What most callers pass. */
export function fiveMembers(): AgentConfig {
  return {
    agentName: "market_analyst",
    model: "gpt-4.1",
    instructions: "You analyse markets.",
    enableWebSearch: true,
    temperature: 0.2,
  };
}

/** The key of a program that has no comparison: SHA-256 of the RFC 8785 JSON. */
export function hashed(config: object): string {
  return hash("sha256", canonicalize(config) ?? "", "hex");
}

function functionTool(index: number): ServiceTool {
  return {
    type: "function",
    name: `look_up_${index}`,
    description: `Looks up figure ${index} in the archive.`,
    parameters: {
      type: "object",
      properties: {
        ticker: { type: "string", description: "The share's ticker." },
        year: { type: "integer", minimum: 1990 },
      },
      required: ["ticker", "year"],
      additionalProperties: false,
    },
    strict: true,
  };
}
