import { request as requestPlain } from "node:http";
import { request as requestTls, type RequestOptions } from "node:https";
import { Readable } from "node:stream";

type Fetch = typeof fetch;

function send(options: RequestOptions, body: Buffer): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = options.protocol === "http:" ? requestPlain : requestTls;
    const outgoing = request(options, (incoming) => {
      const headers = new Headers();
      for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value));
      const status = incoming.statusCode ?? 500;
      const hasBody = status !== 204 && status !== 304;
      if (!hasBody) incoming.resume();
      const stream = hasBody ? Readable.toWeb(incoming) : null;
      resolve(new Response(stream as ReadableStream<Uint8Array> | null, { status, headers }));
    });
    outgoing.on("error", (error) => {
      // What `fetch` rejects with; clients tell a lost connection by it.
      reject(options.signal?.aborted === true ? error : new TypeError("fetch failed", { cause: error }));
    });
    outgoing.end(body);
  });
}

/** A `fetch` that trusts one more certificate. Node's own learns of certificates only at the start of the process. */
export function createTlsFetch(ca: string | undefined): Fetch {
  return async (input, init) => {
    const call = new Request(input, init);
    const url = new URL(call.url);
    const options: RequestOptions = {
      ...(ca === undefined ? {} : { ca }),
      protocol: url.protocol,
      hostname: url.hostname,
      port: url.port,
      path: url.pathname + url.search,
      method: call.method,
      headers: Object.fromEntries(call.headers),
      signal: call.signal,
      agent: false,
    };
    return await send(options, Buffer.from(await call.arrayBuffer()));
  };
}
