import { assertScope, readEnvironment } from "../config/index.ts";
import {
  assertObject,
  booleanOption,
  functionOption,
  objectWith,
  refuseUnknown,
  signalOption,
  textOption,
  wholeNumber,
  wordOption,
  wrongOption,
} from "../config/option-checks.ts";
import type { AgentRegistry } from "../registry/contract/index.ts";
import { MemoryRegistry } from "../registry/memory/index.ts";
import { type Runtime, systemRuntime } from "../runtime/index.ts";
import type { AgentService } from "../services/contract/index.ts";
import type { TenureEvent } from "./events.ts";
import type { ChangePolicy, ResolveOptions, UnmanagedPolicy } from "./managed-agent.ts";

/** How a manager is made. Everything but `service` has a default. */
export interface ManagerOptions {
  /** Where the agents live. The manager closes it. */
  readonly service: AgentService;
  /** What is known of them. Default: a `MemoryRegistry` of its own. The manager closes it. */
  readonly registry?: AgentRegistry | undefined;
  /** Who owns the agents: an application and environment. Default `default`. */
  readonly scope?: string | undefined;
  /** Model deployment for configurations that name none. Default: `FOUNDRY_MODEL_NAME`, `AZURE_AI_MODEL_DEPLOYMENT_NAME`. */
  readonly model?: string | undefined;
  /** Default `adopt-if-equal`. */
  readonly unmanaged?: UnmanagedPolicy | undefined;
  /** Default `update`. */
  readonly onChange?: ChangePolicy | undefined;
  /**
   * What a known agent is worth while the registry does not answer. `reuse-known` (default): it is given again, after at most one second and, once that was
   * waited for, at once; its use is counted later. `fail`: the registry's error, as late as the registry gives it. A new agent is never made without the registry.
   */
  readonly whenRegistryFails?: "reuse-known" | "fail" | undefined;
  /** Whether a revision that the registry knows is looked up in the service before a process uses it first. Default `trust`: a missing one shows at the run and is repaired then. */
  readonly verify?: "trust" | "check" | undefined;
  /** How long a lease lasts unless renewed, 1,000 to 3,600,000 ms. Default 30,000. A living holder renews it three times in that time. */
  readonly leaseMs?: number | undefined;
  /** How long one resolution may take altogether, 1 to 3,600,000 ms. Default 120,000. */
  readonly timeoutMs?: number | undefined;
  /** How often counted use is written, 10 to 600,000 ms; at most this much is lost at a hard kill. Default 1,000. */
  readonly flushMs?: number | undefined;
  /** How long a known agent is given without looking at the registry, 100 to 86,400,000 ms. Default 60,000. */
  readonly freshMs?: number | undefined;
  /** How long an unknown write is looked for before it is sent again, 0 to 600,000 ms. Default 2,000. */
  readonly settleMs?: number | undefined;
  /** How long a write whose outcome was never learned may still arrive, 0 to 86,400,000 ms. Default 600,000. Recovery watches for it that long. */
  readonly lateMs?: number | undefined;
  /** Whether a recovery sweep runs once in the background after opening; what comes of it is an event. Default `false`: `recover()` does the same when called. */
  readonly recoverOnStart?: boolean | undefined;
  /** Hears every event, synchronously. */
  readonly onEvent?: ((event: TenureEvent) => void) | undefined;
  /** Time and chance. Default: the machine's. */
  readonly runtime?: Runtime | undefined;
}

/** The options with every default filled in. */
export type ResolvedManagerOptions = {
  readonly [Name in Exclude<keyof ManagerOptions, "model" | "onEvent">]-?: Exclude<ManagerOptions[Name], undefined>;
} & Pick<ManagerOptions, "model" | "onEvent">;

interface Range {
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const RANGES = {
  leaseMs: { min: 1_000, max: HOUR_MS, default: 30_000 },
  timeoutMs: { min: 1, max: HOUR_MS, default: 120_000 },
  flushMs: { min: 10, max: 600_000, default: 1_000 },
  freshMs: { min: 100, max: DAY_MS, default: 60_000 },
  settleMs: { min: 0, max: 600_000, default: 2_000 },
  lateMs: { min: 0, max: DAY_MS, default: 600_000 },
} as const satisfies Record<string, Range>;

const CHOICES = {
  unmanaged: ["adopt-if-equal", "adopt", "take-over", "fail"],
  onChange: ["update", "fail"],
  whenRegistryFails: ["reuse-known", "fail"],
  verify: ["trust", "check"],
} as const;

const KNOWN = new Set<string>([
  ...Object.keys(RANGES),
  ...Object.keys(CHOICES),
  "service",
  "recoverOnStart",
  "registry",
  "scope",
  "model",
  "onEvent",
  "runtime",
]);

/** Checks the options before anything is opened. Throws `invalid_option` or `invalid_name`. */
export function resolveOptions(options: ManagerOptions): ResolvedManagerOptions {
  assertObject("options", options);
  refuseUnknown("options", options, KNOWN);
  if (typeof options.service?.createRevision !== "function")
    throw wrongOption("service", "an AgentService", options.service);
  objectWith("registry", options.registry, "open");
  objectWith("runtime", options.runtime, "monotonic");
  functionOption("onEvent", options.onEvent);
  booleanOption("recoverOnStart", options.recoverOnStart);
  textOption("model", options.model);
  const scope = options.scope ?? "default";
  assertScope(scope);
  const runtime = options.runtime ?? systemRuntime;
  return {
    service: options.service,
    registry: options.registry ?? new MemoryRegistry({ runtime }),
    scope,
    model: options.model ?? readEnvironment().model,
    unmanaged: choiceOf("unmanaged", options.unmanaged) ?? "adopt-if-equal",
    onChange: choiceOf("onChange", options.onChange) ?? "update",
    whenRegistryFails: choiceOf("whenRegistryFails", options.whenRegistryFails) ?? "reuse-known",
    verify: choiceOf("verify", options.verify) ?? "trust",
    leaseMs: numberOf("leaseMs", options.leaseMs),
    timeoutMs: numberOf("timeoutMs", options.timeoutMs),
    flushMs: numberOf("flushMs", options.flushMs),
    freshMs: numberOf("freshMs", options.freshMs),
    settleMs: numberOf("settleMs", options.settleMs),
    lateMs: numberOf("lateMs", options.lateMs),
    recoverOnStart: options.recoverOnStart ?? false,
    onEvent: options.onEvent,
    runtime,
  };
}

const RESOLVE_OPTIONS: ReadonlySet<string> = new Set<keyof ResolveOptions>([
  "signal",
  "timeoutMs",
  "unmanaged",
  "onChange",
]);

/** Checks the options of a call that takes a signal and perhaps more, which its caller checks. Throws `invalid_option`. */
export function checkCallOptions(
  of: string,
  options: { readonly signal?: AbortSignal | undefined },
  known: ReadonlySet<string> = new Set(["signal"]),
): void {
  assertObject("options", options);
  refuseUnknown(of, options, known);
  signalOption("signal", options.signal);
}

/** Checks the options of one resolution. Throws `invalid_option`. */
export function checkResolveOptions(options: ResolveOptions): void {
  assertObject("options", options);
  refuseUnknown("options", options, RESOLVE_OPTIONS);
  signalOption("signal", options.signal);
  numberOf("timeoutMs", options.timeoutMs);
  choiceOf("unmanaged", options.unmanaged);
  choiceOf("onChange", options.onChange);
}

/** The option if it is one of its choices; `undefined` stays. */
function choiceOf<Name extends keyof typeof CHOICES>(
  name: Name,
  value: (typeof CHOICES)[Name][number] | undefined,
): (typeof CHOICES)[Name][number] | undefined {
  return wordOption<(typeof CHOICES)[Name][number]>(name, value, CHOICES[name]);
}

/** The option if it lies in its range, its default if it is absent. */
function numberOf(name: keyof typeof RANGES, value: number | undefined): number {
  return wholeNumber(name, value === undefined ? RANGES[name].default : value, RANGES[name]);
}
