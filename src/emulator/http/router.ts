import type { Handler, Route } from "./route.ts";

/** A route that fits a path, and what its parameters stand for. */
export interface RouteMatch {
  readonly handler: Handler;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds the route of a method and a path. */
export type RouteFinder = (method: string, path: string) => RouteMatch | undefined;

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** `:name` takes one segment without a raw colon, so that `:name:verb` stays apart from `:name`. Names come percent-encoded. */
function segmentPattern(segment: string): string {
  if (!segment.startsWith(":")) return escapeRegExp(segment);
  const [name = "", verb] = segment.slice(1).split(":");
  return `(?<${name}>[^/:]+)${verb === undefined ? "" : `:${verb}`}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Compiles the table once. Of several routes that fit the first wins. */
export function createRouter(routes: readonly Route[]): RouteFinder {
  const table = new Map<string, { pattern: RegExp; handler: Handler }[]>();
  const keyOf = (method: string, path: string): string => `${method} ${path.split("/").length}`;
  for (const { method, path, handler } of routes) {
    const pattern = new RegExp(`^${path.split("/").map(segmentPattern).join("/")}$`);
    table.set(keyOf(method, path), [...(table.get(keyOf(method, path)) ?? []), { pattern, handler }]);
  }
  return (method, path) => {
    for (const { pattern, handler } of table.get(keyOf(method, path)) ?? []) {
      const match = pattern.exec(path);
      if (match === null) continue;
      const params = Object.entries(match.groups ?? {}).map(([name, value]) => [name, decode(value)]);
      return { handler, params: Object.fromEntries(params) };
    }
    return undefined;
  };
}
