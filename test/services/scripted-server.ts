import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FoundryAgentService, type FoundryAgentServiceOptions } from "../../src/services/foundry/index.ts";
import { impatientRuntime } from "./emulated-service.ts";

/** A server on loopback that answers as a test says, and a service that speaks to it. */
export interface ScriptedFoundry extends AsyncDisposable {
  readonly service: FoundryAgentService;
  /** Every request, as `METHOD /path?query`, without the project's prefix. */
  readonly requests: readonly string[];
  readonly received: readonly IncomingMessage[];
}

/** What a test says to one request; it must end the answer or cut the connection. */
export type Script = (request: IncomingMessage, response: ServerResponse, index: number) => void;

export async function openScripted(
  script: Script,
  options: Partial<FoundryAgentServiceOptions> = {},
): Promise<ScriptedFoundry> {
  const received: IncomingMessage[] = [];
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url?.replace("/api/projects/p", "")}`);
    received.push(request);
    request.resume();
    request.on("end", () => script(request, response, received.length - 1));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const service = new FoundryAgentService({
    endpoint: `http://127.0.0.1:${port}/api/projects/p`,
    credential: staticCredential(),
    runtime: impatientRuntime(),
    ...options,
  });
  return {
    service,
    requests,
    received,
    [Symbol.asyncDispose]: async () => {
      await service.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function staticCredential(token = "static-token", expiresOnTimestamp = Date.now() + 3_600_000) {
  return { getToken: () => Promise.resolve({ token, expiresOnTimestamp }) };
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}
