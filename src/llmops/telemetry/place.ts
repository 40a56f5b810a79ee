import type { Attributes } from "@opentelemetry/api";

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "https:": 443, "http:": 80 };

// Programs have one or two locations; the cap is for tests that make many.
const MAX_KNOWN = 100;
const known = new Map<string, Attributes>();

/** `server.address` and `server.port` of a service location such as `foundry:https://host/api/projects/p`; nothing if it names no host. */
export function serverAttributes(location: string): Attributes {
  const before = known.get(location);
  if (before !== undefined) return before;
  const attributes = Object.freeze(readLocation(location));
  if (known.size < MAX_KNOWN) known.set(location, attributes);
  return attributes;
}

function readLocation(location: string): Attributes {
  const url = /https?:\/\/\S+/.exec(location)?.[0];
  if (url === undefined || !URL.canParse(url)) return {};
  const { hostname, port, protocol } = new URL(url);
  return { "server.address": hostname, "server.port": port === "" ? (DEFAULT_PORTS[protocol] ?? 443) : Number(port) };
}
