import { TenureError } from "../../errors/index.ts";

/** A project's endpoint that was checked. */
export interface FoundryEndpoint {
  /** Without a slash at the end, host in lower case, no default port. Paths of the API are appended to it. */
  readonly url: string;
  /** Host and port, for messages. */
  readonly host: string;
  /** The host is this machine: plain HTTP is allowed, and no proxy is asked. */
  readonly isLoopback: boolean;
  readonly isPlainHttp: boolean;
}

const EXAMPLE = "https://ACCOUNT.services.ai.azure.com/api/projects/PROJECT";
/** A gateway in front of Foundry may add segments before `/api`. */
const PROJECT_PATH = /^((?:\/[^/]+)*?\/api\/projects\/[^/]+)(\/.*)?$/;

/**
 * Checks an endpoint before any I/O. Throws `endpoint_missing`, `invalid_endpoint`, `endpoint_not_project` or `endpoint_trailing_slash`.
 *
 * Plain HTTP is taken for loopback hosts only: a bearer token must not cross a network in the clear.
 */
export function parseEndpoint(value: unknown): FoundryEndpoint {
  if (value === undefined || value === null || (typeof value === "string" && value.trim() === "")) {
    throw new TenureError(
      "endpoint_missing",
      "No Foundry endpoint was given: set FOUNDRY_PROJECT_ENDPOINT or pass `endpoint`; `npx tenure emulator` starts a local service.",
    );
  }
  const url = parseUrl(value);
  const isLoopback = isLoopbackHost(url.hostname);
  checkParts(url, isLoopback);
  return {
    url: url.origin + projectPath(url),
    host: url.host,
    isLoopback,
    isPlainHttp: url.protocol === "http:",
  };
}

function invalid(problem: string): TenureError {
  return new TenureError("invalid_endpoint", `Expected \`endpoint\` to be a URL like ${EXAMPLE}, ${problem}.`);
}

function parseUrl(value: unknown): URL {
  if (typeof value !== "string") throw invalid(`got ${value instanceof URL ? "a URL object" : typeof value}`);
  // The text may hold a password, so what cannot be parsed is not repeated.
  if (!URL.canParse(value)) throw invalid(`got ${value.length} characters that are no URL`);
  return new URL(value);
}

function checkParts(url: URL, isLoopback: boolean): void {
  if (url.protocol !== "https:" && url.protocol !== "http:") throw invalid(`got the scheme ${url.protocol}//`);
  if (url.username !== "" || url.password !== "") throw invalid("got one with credentials in it: pass `credential`");
  if (url.search !== "") throw invalid("got one with a query: pass `apiVersion` as an option");
  if (url.hash !== "") throw invalid("got one with a fragment");
  if (url.protocol === "http:" && !isLoopback) {
    throw invalid(`got plain http to ${url.host}: only a service on this machine may be called without TLS`);
  }
}

function projectPath(url: URL): string {
  const [, project, rest] = PROJECT_PATH.exec(url.pathname) ?? [];
  if (project === undefined) {
    throw new TenureError(
      "endpoint_not_project",
      `The endpoint ${url.origin}${url.pathname} is no project's: its path must end in /api/projects/PROJECT.`,
    );
  }
  if (rest === undefined) return project;
  if (/^\/+$/.test(rest)) {
    throw new TenureError("endpoint_trailing_slash", `The endpoint ends in a slash. Use ${url.origin}${project}`);
  }
  throw new TenureError(
    "endpoint_not_project",
    `The endpoint goes beyond the project: leave ${rest} away and use ${url.origin}${project}`,
  );
}

function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127(\.\d+){3}$/.test(hostname)
  );
}
