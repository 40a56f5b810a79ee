import OpenAI from "openai";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../src/emulator/index.ts";
import { createWireCall, promptDefinition, type WireCall } from "./emulator-call.ts";
import { createTlsFetch } from "./tls-fetch.ts";

/** An emulator with the unchanged OpenAI client in front of it, closed together. */
export interface EmulatedOpenAi extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly client: OpenAI;
  readonly call: WireCall;
  /** Makes a version of a prompt agent and gives what a request adds to reach it. */
  agent(name: string, more?: Record<string, unknown>): Promise<{ agent_reference: AgentReference }>;
}

export interface AgentReference {
  readonly type: "agent_reference";
  readonly name: string;
  readonly version?: string;
}

/** The client as it reaches the project, or one agent's own endpoint. It does not retry. */
export function openAiClient(emulator: Emulator, agentName?: string): OpenAI {
  const base = agentName === undefined ? "/openai/v1" : `/agents/${agentName}/endpoint/protocols/openai`;
  return new OpenAI({
    apiKey: "test",
    baseURL: emulator.endpoint + base,
    maxRetries: 0,
    fetch: createTlsFetch(emulator.ca),
  });
}

/** Over plain HTTP, which this client allows, unless told otherwise: a certificate costs time. */
export async function openEmulatedOpenAi(options: EmulatorOptions = {}): Promise<EmulatedOpenAi> {
  const emulator = await startEmulator({ http: true, ...options });
  const call = createWireCall(emulator);
  return {
    emulator,
    call,
    client: openAiClient(emulator),
    agent: async (name, more) => {
      await call("POST", `/agents/${name}/versions`, { definition: promptDefinition("Be brief.", more) });
      return { agent_reference: { type: "agent_reference", name } };
    },
    [Symbol.asyncDispose]: () => emulator.close(),
  };
}
