import { type Clock, systemClock } from "./clock.ts";
import { describeValue } from "./json.ts";

/** What Microsoft's documentation leaves open. Each default is the likeliest reading; `docs/emulator.md` gives the sources. */
export interface EmulatorBehaviour {
  /**
   * What must equal the latest version for `createVersion` and `update` to answer with that version instead of making one.
   * `definition` (default): the definition. `all`: definition, metadata and description. `off`: every write makes a version.
   */
  readonly dedupe?: "definition" | "all" | "off";
  /** Order of a list when the client asks for none. Default `desc`, newest first. */
  readonly listOrder?: "asc" | "desc";
  /** Answer to the deletion of an absent agent or version. Default `not-found` (404); `ok` is 200 with `deleted: false`. */
  readonly deleteMissing?: "not-found" | "ok";
  /** Deletion of an agent's only version. Default `delete-agent`; `refuse` is 400. */
  readonly deleteLastVersion?: "delete-agent" | "refuse";
  /** Deletion of the version that the endpoint is pinned to. Default `allow`; `refuse` is 400. */
  readonly deleteRoutedVersion?: "allow" | "refuse";
  /** Whether the number of a deleted newest version is given again. Default false. */
  readonly reuseVersionNumbers?: boolean;
  /** Whether the stored definition of a prompt agent gains `temperature: 1` and `top_p: 1`. Default false. */
  readonly echoDefaults?: boolean;
  /** For so many milliseconds a new agent or version is missing from lists. Default 0. */
  readonly listLagMs?: number;
  /** Whether a request without a bearer token is refused with 401. Default true. */
  readonly requireToken?: boolean;
  /** Whether a second response in a conversation is refused while the first is being made, with 400 `conversation_locked`. Default true. */
  readonly lockConversations?: boolean;
  /** Whether an input is refused with 400 that leaves a function call without its output, or brings an output without its call. Default true. */
  readonly matchToolOutputs?: boolean;
  /** Life of a token of the managed identity endpoint, in seconds. Default 86400. */
  readonly tokenLifetimeS?: number;
}

/** How to start the emulator. All members are optional. */
export interface EmulatorOptions {
  /** TCP port on loopback, 0 to 65535. Default 0: any free one. */
  readonly port?: number;
  /** Plain HTTP instead of TLS. The Azure clients refuse to send a token over it. Default false. */
  readonly http?: boolean;
  /** Name of the project in the endpoint's path. Default `emulator`. */
  readonly project?: string;
  /** File in which the state survives restarts. Default: in memory only. */
  readonly dataFile?: string;
  /** Base URL of an OpenAI-compatible server that answers in the model's place, for instance `http://localhost:11434/v1`. */
  readonly upstream?: string;
  /** Key for `upstream`. Default: none is sent. */
  readonly upstreamKey?: string;
  /** Name of the model deployment that is listed and printed. Default `gpt-4.1`. */
  readonly model?: string;
  /** Directory that keeps the certificate and its key between starts. Default: a temporary one, removed by `close()`. */
  readonly certDirectory?: string;
  /** Added to every answer, in milliseconds. Default 0. */
  readonly latencyMs?: number;
  /** Makes ids repeatable. Default: random. */
  readonly seed?: string;
  readonly behaviour?: EmulatorBehaviour;
  readonly clock?: Clock;
}

/** The options with every default filled in. */
export interface ResolvedEmulatorOptions {
  readonly port: number;
  readonly http: boolean;
  readonly project: string;
  readonly dataFile: string | undefined;
  readonly upstream: string | undefined;
  readonly upstreamKey: string | undefined;
  readonly model: string;
  readonly certDirectory: string | undefined;
  readonly latencyMs: number;
  readonly seed: string | undefined;
  readonly behaviour: Required<EmulatorBehaviour>;
  readonly clock: Clock;
}

const defaultBehaviour: Required<EmulatorBehaviour> = {
  dedupe: "definition",
  listOrder: "desc",
  deleteMissing: "not-found",
  deleteLastVersion: "delete-agent",
  deleteRoutedVersion: "allow",
  reuseVersionNumbers: false,
  echoDefaults: false,
  listLagMs: 0,
  requireToken: true,
  lockConversations: true,
  matchToolOutputs: true,
  tokenLifetimeS: 86_400,
};

function wholeNumber(field: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new TypeError(`Expected \`${field}\` to be a whole number from 0 to ${max}, got ${describeValue(value)}`);
}

function httpUrl(field: string, value: string): string {
  const protocol = URL.canParse(value) ? new URL(value).protocol : "";
  if (protocol === "http:" || protocol === "https:") return value.replace(/\/+$/, "");
  throw new TypeError(`Expected \`${field}\` to be an http or https URL, got ${describeValue(value)}`);
}

const OPTIONS: Readonly<Record<keyof EmulatorOptions, true>> = {
  port: true,
  http: true,
  project: true,
  dataFile: true,
  upstream: true,
  upstreamKey: true,
  model: true,
  certDirectory: true,
  latencyMs: true,
  seed: true,
  behaviour: true,
  clock: true,
};
/** What the switches with names may be; the others are of the kind of their default. */
const NAMED: { readonly [Name in keyof EmulatorBehaviour]?: readonly unknown[] } = {
  dedupe: ["definition", "all", "off"],
  listOrder: ["asc", "desc"],
  deleteMissing: ["not-found", "ok"],
  deleteLastVersion: ["delete-agent", "refuse"],
  deleteRoutedVersion: ["allow", "refuse"],
};

function known(field: string, value: object, names: object): void {
  const other = Object.keys(value).find((name) => !Object.hasOwn(names, name));
  if (other !== undefined)
    throw new TypeError(`There is no \`${field}${other}\` (known: ${Object.keys(names).join(", ")})`);
}

function resolveBehaviour(behaviour: EmulatorBehaviour = {}): Required<EmulatorBehaviour> {
  known("behaviour.", behaviour, defaultBehaviour);
  const resolved = { ...defaultBehaviour, ...behaviour };
  for (const name of Object.keys(defaultBehaviour) as (keyof EmulatorBehaviour)[]) {
    const [value, allowed] = [resolved[name], NAMED[name]];
    if (allowed === undefined ? typeof value === typeof defaultBehaviour[name] : allowed.includes(value)) continue;
    const wanted = allowed?.map((one) => JSON.stringify(one)).join(" or ") ?? `a ${typeof defaultBehaviour[name]}`;
    throw new TypeError(`Expected \`behaviour.${name}\` to be ${wanted}, got ${describeValue(value)}`);
  }
  return resolved;
}

/** Fills in the defaults. Throws a TypeError that names the option, what was expected and what was given. */
export function resolveOptions(options: EmulatorOptions = {}): ResolvedEmulatorOptions {
  known("", options, OPTIONS);
  const project = options.project ?? "emulator";
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(project)) {
    throw new TypeError(
      `Expected \`project\` to be letters, digits, dots, hyphens and underscores, got ${describeValue(project)}`,
    );
  }
  return {
    port: wholeNumber("port", options.port ?? 0, 65_535),
    http: options.http ?? false,
    project,
    dataFile: options.dataFile,
    upstream: options.upstream === undefined ? undefined : httpUrl("upstream", options.upstream),
    upstreamKey: options.upstreamKey,
    model: options.model ?? "gpt-4.1",
    certDirectory: options.certDirectory,
    latencyMs: wholeNumber("latencyMs", options.latencyMs ?? 0, 3_600_000),
    seed: options.seed,
    behaviour: resolveBehaviour(options.behaviour),
    clock: options.clock ?? systemClock,
  };
}
