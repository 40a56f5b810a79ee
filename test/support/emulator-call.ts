import { startEmulator, type Emulator, type EmulatorOptions } from "../../src/emulator/index.ts";
import { createTlsFetch } from "./tls-fetch.ts";

/** An answer with its body read. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON, to be compared or picked from; empty if it is none. */
  readonly body: Record<string, unknown>;
}

/** Sends one request below the project, with `api-version` and a token unless told otherwise. */
export type WireCall = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<WireAnswer>;

function asObject(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** A caller without any client library, for what the libraries hide. A path that starts with `/_` or `http` is not below the project. */
export function createWireCall(emulator: Emulator): WireCall {
  const send = createTlsFetch(emulator.ca);
  return async (method, path, body, headers = {}) => {
    const isBare = path.startsWith("http") || path.startsWith("/_");
    const url = new URL(isBare ? path : `${new URL(emulator.endpoint).pathname}${path}`, emulator.endpoint);
    if (!isBare && !url.searchParams.has("api-version")) url.searchParams.set("api-version", "v1");
    const answer = await send(url.href, {
      method,
      headers: { authorization: "Bearer test", "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, body: asObject(text) };
  };
}

/** An emulator and a caller of it, closed together. */
export async function openEmulator(
  options: EmulatorOptions = {},
): Promise<AsyncDisposable & { emulator: Emulator; call: WireCall }> {
  const emulator = await startEmulator(options);
  return { emulator, call: createWireCall(emulator), [Symbol.asyncDispose]: () => emulator.close() };
}

/** A prompt agent's definition; `more` replaces or adds members. */
export function promptDefinition(instructions: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { kind: "prompt", model: "gpt-4.1", instructions, ...more };
}
