import type { TokenCredential } from "@azure/core-auth";
import type { HttpClient, ProxySettings, TlsSettings } from "@azure/core-rest-pipeline";
import { TenureError } from "../../errors/index.ts";
import { type Runtime, systemRuntime } from "../../runtime/index.ts";
import { guardCredential, lazyDefaultCredential } from "./credential.ts";
import { type FoundryEndpoint, parseEndpoint } from "./endpoint.ts";

/** Options of `FoundryAgentService`. */
export interface FoundryAgentServiceOptions {
  /** The project's endpoint, `https://ACCOUNT.services.ai.azure.com/api/projects/PROJECT`. Plain HTTP only to this machine. */
  readonly endpoint: string | undefined;
  /** Who calls. Default: `DefaultAzureCredential` of `@azure/identity`, loaded at the first call. */
  readonly credential?: TokenCredential | undefined;
  /** Default `v1`. */
  readonly apiVersion?: string | undefined;
  /** How long one request for agents and conversations may take, in milliseconds: 1 to 3,600,000, default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** How long an answer of the model may take to begin (streamed) or to come whole, in milliseconds: 1 to 3,600,000, default 600,000. */
  readonly runTimeoutMs?: number | undefined;
  /** How often a read, or a run that the service did not begin, is repeated: 0 to 10, default 3. Writes are never repeated. */
  readonly maxRetries?: number | undefined;
  /** Longest wait that is obeyed when the service says how long to wait, in milliseconds, default 30,000. A longer one fails at once. */
  readonly maxRetryAfterMs?: number | undefined;
  /** PEM text of the certificates to trust, in place of the system's. For a service with a certificate of its own. */
  readonly ca?: string | undefined;
  /** Client certificate and more, as `@azure/core-rest-pipeline` takes it. `ca` wins over the one in here. */
  readonly tlsOptions?: TlsSettings | undefined;
  /** Default: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` of the environment. A service on this machine is called without one. */
  readonly proxyOptions?: ProxySettings | undefined;
  /** Put before `tenure` in the user agent, e.g. `shop/2.1`. */
  readonly userAgentPrefix?: string | undefined;
  /** Replaces the last step, the sending itself. */
  readonly httpClient?: HttpClient | undefined;
  /** Time and chance. Default: the machine's. */
  readonly runtime?: Runtime | undefined;
}

/** The options, checked and with their defaults. */
export interface FoundrySettings {
  readonly endpoint: FoundryEndpoint;
  readonly credential: TokenCredential;
  readonly apiVersion: string;
  readonly timeoutMs: number;
  readonly runTimeoutMs: number;
  readonly maxRetries: number;
  readonly maxRetryAfterMs: number;
  readonly tlsOptions: TlsSettings | undefined;
  readonly proxyOptions: ProxySettings | undefined;
  readonly userAgentPrefix: string;
  readonly httpClient: HttpClient | undefined;
  readonly runtime: Runtime;
}

const MAX_TIMEOUT_MS = 3_600_000;

const KNOWN: Record<keyof FoundryAgentServiceOptions, true> = {
  endpoint: true,
  credential: true,
  apiVersion: true,
  timeoutMs: true,
  runTimeoutMs: true,
  maxRetries: true,
  maxRetryAfterMs: true,
  ca: true,
  tlsOptions: true,
  proxyOptions: true,
  userAgentPrefix: true,
  httpClient: true,
  runtime: true,
};

/** Checks everything before any I/O. Throws the codes of `parseEndpoint`, or `invalid_option`. */
export function resolveOptions(options: FoundryAgentServiceOptions): FoundrySettings {
  if (typeof options !== "object" || options === null)
    throw refuse("options", "an object with an endpoint", options === null ? "null" : typeof options);
  const unknown = Object.keys(options).find((name) => !(name in KNOWN));
  if (unknown !== undefined)
    throw refuse(unknown, `no such option (known: ${Object.keys(KNOWN).join(", ")})`, "a value");
  const runtime = options.runtime ?? systemRuntime;
  const credential = options.credential ?? lazyDefaultCredential();
  if (typeof credential.getToken !== "function") throw refuse("credential", "a TokenCredential", typeof credential);
  return {
    endpoint: parseEndpoint(options.endpoint),
    credential: guardCredential(credential, runtime),
    apiVersion: readText("apiVersion", options.apiVersion ?? "v1"),
    timeoutMs: readNumber("timeoutMs", options.timeoutMs ?? 30_000, [1, MAX_TIMEOUT_MS]),
    runTimeoutMs: readNumber("runTimeoutMs", options.runTimeoutMs ?? 600_000, [1, MAX_TIMEOUT_MS]),
    maxRetries: readNumber("maxRetries", options.maxRetries ?? 3, [0, 10]),
    maxRetryAfterMs: readNumber("maxRetryAfterMs", options.maxRetryAfterMs ?? 30_000, [0, MAX_TIMEOUT_MS]),
    tlsOptions:
      options.ca === undefined ? options.tlsOptions : { ...options.tlsOptions, ca: readText("ca", options.ca) },
    proxyOptions: options.proxyOptions,
    userAgentPrefix: [options.userAgentPrefix, "tenure"].filter(Boolean).join(" "),
    httpClient: options.httpClient,
    runtime,
  };
}

function readNumber(name: string, value: unknown, [min, max]: readonly [min: number, max: number]): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw refuse(
    name,
    `a whole number from ${min} to ${max}`,
    typeof value === "string" ? JSON.stringify(value) : String(value),
  );
}

function readText(name: string, value: unknown): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  throw refuse(name, "a text that is not empty", typeof value === "string" ? "an empty one" : typeof value);
}

function refuse(name: string, expected: string, got: string): TenureError {
  return new TenureError("invalid_option", `Expected \`${name}\` to be ${expected}, got ${got}.`);
}
