import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { ServiceError } from "../errors.ts";
import type { Answer, Application } from "./call.ts";

/** The largest body that is read, in bytes. */
const maxBodyBytes = 64 * 1024 * 1024;

/** Longer than clients keep an idle connection, so that no request meets a closing one. */
const keepAliveTimeoutMs = 75_000;

async function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function readHeaders(incoming: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (typeof value === "string") headers.set(name, value);
    else for (const item of value ?? []) headers.append(name, item);
  }
  return headers;
}

async function sendStream(body: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  const reader = body.getReader();
  const stop = (): void => void reader.cancel().catch(() => undefined);
  outgoing.once("close", stop);
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (!outgoing.write(part.value)) await Promise.race([once(outgoing, "drain"), once(outgoing, "close")]);
      if (outgoing.destroyed) return;
    }
    outgoing.end();
  } finally {
    outgoing.off("close", stop);
  }
}

async function send(answer: Answer, outgoing: ServerResponse): Promise<void> {
  if (answer === undefined) {
    outgoing.destroy();
    return;
  }
  const headers = Object.fromEntries(answer.headers);
  if (answer.headers.get("content-type")?.startsWith("text/event-stream") === true && answer.body !== null) {
    outgoing.writeHead(answer.status, headers);
    outgoing.flushHeaders();
    await sendStream(answer.body, outgoing);
    return;
  }
  const body = Buffer.from(await answer.arrayBuffer());
  outgoing.writeHead(
    answer.status,
    answer.status === 204 ? headers : { ...headers, "content-length": body.byteLength },
  );
  outgoing.end(outgoing.req.method === "HEAD" ? undefined : body);
}

async function serve(application: Application, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  const body = await readBody(incoming);
  if (body === undefined) {
    const tooLarge = new ServiceError(413, "request_too_large", `The body exceeds ${maxBodyBytes} bytes`);
    await send(tooLarge.toResponse(""), outgoing);
    return;
  }
  const url = new URL(`http://localhost${incoming.url ?? "/"}`);
  const call = { method: incoming.method ?? "GET", url, headers: readHeaders(incoming), body, signal: gone.signal };
  await send(await application(call), outgoing);
}

/** Key and certificate as PEM text. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

function createNodeServer(application: Application, tls: TlsIdentity | undefined): Server {
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    // A client that goes away in the middle of a request or of an answer is no fault of the server's.
    serve(application, incoming, outgoing).catch(() => outgoing.destroy());
  };
  const server = tls === undefined ? createHttpServer(listener) : createHttpsServer({ ...tls }, listener);
  server.keepAliveTimeout = keepAliveTimeoutMs;
  server.requestTimeout = 0;
  return server;
}

/** A server on the loopback addresses. */
export interface LoopbackServer {
  readonly port: number;
  /** Stops listening and cuts every open connection. */
  close(): Promise<void>;
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen({ host, port, backlog: 2048 });
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error(`No TCP port on ${host}`);
  return address.port;
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

/** The same port on ::1, where `localhost` may lead. A machine without IPv6 does without. */
async function listenOnIpv6(server: Server, port: number): Promise<boolean> {
  try {
    await listen(server, "::1", port);
    return true;
  } catch (error) {
    if (hasCode(error, "EADDRINUSE")) return false;
    if (hasCode(error, "EADDRNOTAVAIL", "EAFNOSUPPORT")) return true;
    throw error;
  }
}

/** Listens on 127.0.0.1 and, where there is IPv6, on ::1. Rejects with Node's own error if the port is taken. */
export async function startLoopbackServer(
  application: Application,
  wantedPort: number,
  tls: TlsIdentity | undefined,
): Promise<LoopbackServer> {
  for (let attempt = 0; ; attempt += 1) {
    const ipv4 = createNodeServer(application, tls);
    const ipv6 = createNodeServer(application, tls);
    const port = await listen(ipv4, "127.0.0.1", wantedPort);
    if (await listenOnIpv6(ipv6, port)) {
      return {
        port,
        close: async () => {
          await Promise.all([close(ipv4), close(ipv6)]);
        },
      };
    }
    await close(ipv4);
    if (wantedPort !== 0 || attempt === 9) {
      throw Object.assign(new Error(`Port ${port} is in use on ::1`), { code: "EADDRINUSE" });
    }
  }
}
