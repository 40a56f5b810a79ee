import { type NormalConfig, normalizeConfig } from "../../src/config/index.ts";
import type { AgentRequest } from "../../src/manager/index.ts";

/** One of the few configurations that callers ask for. */
export interface Configuration {
  readonly request: AgentRequest;
  readonly normal: NormalConfig;
  /** Its definition as JSON text. */
  readonly definition: string;
}

const known = new Map<string, Configuration>();

export function agentName(agent: number): string {
  return `agent${agent}`;
}

/** The same object every time: callers that keep their configuration get it from the hit path. */
export function configuration(agent: number, number: number): Configuration {
  const id = `${agent} ${number}`;
  const made = known.get(id) ?? make(agent, number);
  known.set(id, made);
  return made;
}

function make(agent: number, number: number): Configuration {
  const request = Object.freeze({ agentName: agentName(agent), instructions: `Configuration ${number}.` });
  const normal = normalizeConfig(request, { model: "m" });
  return { request, normal, definition: JSON.stringify(normal.definition) };
}
