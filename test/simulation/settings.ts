import type { ManagerOptions } from "../../src/manager/index.ts";
import { chooseRetention, retainCurrent, type SimulatedRetention } from "./lifecycle/retention-of.ts";
import type { Choices } from "./choices.ts";
import type { Dedupe } from "./service-model.ts";

/** How often each fault strikes, 0 to 1; 0 in most runs for most of them, so that every fault is also met alone. */
export interface FaultRates {
  readonly lostRequest: number;
  readonly lostAnswer: number;
  readonly lateEffect: number;
  readonly duplicate: number;
  readonly conflict: number;
  readonly throttled: number;
  readonly serverErrorBefore: number;
  readonly serverErrorAfter: number;
  readonly refused: number;
  readonly readFailure: number;
  readonly staleRead: number;
  readonly registryBefore: number;
  readonly registryAfter: number;
  readonly lostWakeUp: number;
}

/** The manager's options that a run chooses. */
type SimulatedOptions = {
  readonly [
    Name in
      | "leaseMs"
      | "timeoutMs"
      | "settleMs"
      | "lateMs"
      | "flushMs"
      | "freshMs"
      | "unmanaged"
      | "onChange"
      | "verify"
  ]: Exclude<ManagerOptions[Name], undefined>;
};

/**
 * `protocol`: callers mostly ask for agents. `lifecycle`: they do everything that can be done with them afterwards. `idle`: for ten minutes they use
 * agents with pauses about as long as the idle limit, while every process cleans up on a schedule. `orders`: several people order this and that about one
 * agent at the same time, while it is edited and cleaned up.
 */
export const RUN_KINDS = ["protocol", "lifecycle", "idle", "orders"] as const;
export type RunKind = (typeof RUN_KINDS)[number];

/** What a run is about, apart from what its callers do. */
export interface Settings {
  readonly kind: RunKind;
  readonly faults: FaultRates;
  /** How many times a process crashes, stalls or has its clock set. */
  readonly upsets: number;
  /** How often time passes although something could happen, 0 to 1. */
  readonly haste: number;
  readonly processes: number;
  readonly agents: number;
  readonly configurations: number;
  /** Whether the last process belongs to another scope. */
  readonly otherScope: boolean;
  /** Whether the registry knows a crashed process to be dead. */
  readonly deathsAreKnown: boolean;
  readonly dedupe: Dedupe;
  /** Whether the service refuses to delete the only version of an agent: nobody outside knows. */
  readonly keepsLastVersion: boolean;
  /** How old a stale answer may be, in milliseconds. */
  readonly staleMs: number;
  readonly options: SimulatedOptions;
  readonly retention: SimulatedRetention;
}

/** Operations of the lifecycle are long: where much fails nothing comes to its end. Of orders many shall be cut off in the middle. */
const RATES = {
  protocol: [0.05, 0.15, 0.4],
  lifecycle: [0.02, 0.05, 0.15],
  idle: [0.02, 0.05, 0.15],
  orders: [0.05, 0.15, 0.4],
} as const;

/** How likely a run begins with 1, 2, … 8 processes: most with few, in which a violation is easier to read. */
const PROCESSES = [20, 40, 30, 4, 2, 2, 1, 1] as const;

/** `wanted`: the kind, if the run is not to choose it. */
export function chooseSettings(choices: Choices, wanted?: RunKind): Settings {
  const kind = wanted ?? (choices.weighted([2, 1]) === 0 ? "protocol" : "lifecycle");
  const options = chooseOptions(choices, kind);
  const leastMs = options.freshMs + options.timeoutMs + options.flushMs;
  // One run in eight is without any fault: what must hold then is stricter.
  const isCalm = choices.weighted([1, 7]) === 0;
  const rate = (): number => (isCalm || choices.weighted([3, 1]) === 0 ? 0 : choices.oneOf(RATES[kind]));
  return {
    kind,
    faults: {
      lostRequest: rate(),
      lostAnswer: rate(),
      lateEffect: rate(),
      duplicate: rate(),
      conflict: rate(),
      throttled: rate(),
      serverErrorBefore: rate(),
      serverErrorAfter: rate(),
      refused: rate(),
      readFailure: rate(),
      staleRead: rate(),
      registryBefore: rate(),
      registryAfter: rate(),
      lostWakeUp: rate(),
    },
    upsets: isCalm ? 0 : choices.weighted([4, 4, 2, 1]),
    haste: choices.oneOf([0, 0.03, 0.1]),
    processes: kind === "idle" ? 4 : 1 + choices.weighted(kind === "orders" ? [0, 3, 2] : PROCESSES),
    agents: kind === "idle" ? 6 : 1 + choices.weighted(kind === "orders" ? [1] : [5, 2, 1]),
    configurations: kind === "orders" ? 2 + choices.weighted([3, 1]) : 1 + choices.weighted([3, 3, 1]),
    otherScope: choices.weighted([5, 1]) === 1,
    deathsAreKnown: choices.chance(0.5),
    dedupe: choices.oneOf(["off", "definition", "definition-and-metadata"]),
    keepsLastVersion: (kind === "protocol" || kind === "orders") && choices.weighted([3, 1]) === 1,
    staleMs: choices.oneOf([500, 2_000]),
    options,
    retention: kind === "orders" ? retainCurrent(choices, leastMs) : chooseRetention(choices, leastMs, kind === "idle"),
  };
}

function chooseOptions(choices: Choices, kind: Settings["kind"]): SimulatedOptions {
  return {
    leaseMs: choices.oneOf([3_000, 1_000, 10_000]),
    timeoutMs: choices.oneOf(kind === "protocol" ? [30_000, 10_000] : [10_000, 5_000]),
    settleMs: choices.oneOf([2_000, 0]),
    lateMs: choices.oneOf(kind === "protocol" ? [60_000, 5_000] : [5_000, 60_000]),
    flushMs: choices.oneOf([1_000, 100]),
    freshMs: choices.oneOf(kind === "protocol" ? [60_000, 500] : [5_000, 500]),
    unmanaged: choices.oneOf(["adopt-if-equal", "adopt", "take-over", "fail"]),
    onChange: choices.weighted([6, 1]) === 0 ? "update" : "fail",
    verify: choices.weighted([4, 1]) === 0 ? "trust" : "check",
  };
}

/** Whether nothing but the order of things can disturb the run. */
export function isCalm(settings: Settings): boolean {
  return settings.upsets === 0 && Object.values(settings.faults).every((rate) => rate === 0);
}
