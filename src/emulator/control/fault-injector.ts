import { ServiceError } from "../errors.ts";
import type { AgentRecord, EmulatorState } from "../state.ts";
import type { Fault } from "./fault.ts";

/** A fault that is set, and what is left of it. */
export interface FaultReport extends Fault {
  /** How often it has struck. */
  readonly struck: number;
  /** How often it may still strike; null with `probability`. */
  readonly remaining: number | null;
}

/** What is to happen to one request. */
export interface FaultPlan {
  /** Milliseconds to wait before anything is done. */
  readonly delayBeforeMs: number;
  /** Milliseconds to wait after the effect and before the answer. */
  readonly delayAfterMs: number;
  readonly strike: Exclude<Fault["effect"], "delay"> | undefined;
  readonly fault: Fault | undefined;
  readonly staleAgents: ReadonlyMap<string, AgentRecord> | undefined;
}

/** A request as far as faults look at it. */
export interface FaultTarget {
  readonly method: string;
  /** All spellings of the path that a pattern may fit. */
  readonly paths: readonly string[];
  /** Whether it asks for a list of agents or versions. */
  readonly isList: boolean;
}

interface ArmedFault {
  readonly fault: Fault;
  readonly pattern: RegExp;
  readonly staleAgents: ReadonlyMap<string, AgentRecord> | undefined;
  readonly nextChance: () => number;
  remaining: number;
  struck: number;
}

/** Mulberry32: small, and the same chain on every machine. */
function createChances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The agents as they were before the last write. */
function copyWithoutLastWrite(state: EmulatorState): Map<string, AgentRecord> {
  const copies = new Map<string, AgentRecord>();
  for (const agent of state.agents.values()) {
    const versions = agent.versions.filter((version) => version.sequence < state.lastSequence);
    if (versions.length > 0) copies.set(agent.name, { ...agent, versions });
  }
  return copies;
}

function arm(fault: Fault, state: EmulatorState): ArmedFault {
  return {
    fault,
    pattern: new RegExp(fault.path ?? ""),
    staleAgents: fault.effect === "stale-list" ? copyWithoutLastWrite(state) : undefined,
    nextChance: createChances(fault.seed ?? 1),
    remaining: fault.probability === undefined ? (fault.times ?? 1) : Number.POSITIVE_INFINITY,
    struck: 0,
  };
}

/** Holds the faults that are set and decides which of them strike a request. */
export class FaultInjector {
  readonly #state: EmulatorState;
  #armed: ArmedFault[] = [];

  constructor(state: EmulatorState) {
    this.#state = state;
  }

  /** Adds faults behind those that are set. They must have passed `checkFaults`. */
  add(faults: readonly Fault[]): void {
    this.#armed.push(...faults.map((fault) => arm(fault, this.#state)));
  }

  clear(): void {
    this.#armed = [];
  }

  list(): FaultReport[] {
    return this.#armed.map(({ fault, struck, remaining }) => ({
      ...fault,
      struck,
      remaining: Number.isFinite(remaining) ? remaining : null,
    }));
  }

  /** Decides for one request, and uses up what strikes: every fitting delay, and the first fitting fault of another effect. */
  take(target: FaultTarget): FaultPlan {
    const plan = { delayBeforeMs: 0, delayAfterMs: 0 };
    let striking: ArmedFault | undefined;
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (fault.effect !== "delay" && striking !== undefined) continue;
      if (!this.#strikes(armed, target)) continue;
      if (fault.effect !== "delay") striking = armed;
      if (isWaitBefore(fault)) plan.delayBeforeMs += fault.delayMs ?? 0;
      else plan.delayAfterMs += fault.delayMs ?? 0;
    }
    const effect = striking?.fault.effect;
    return {
      ...plan,
      strike: effect === "delay" ? undefined : effect,
      fault: striking?.fault,
      staleAgents: striking?.staleAgents,
    };
  }

  #strikes(armed: ArmedFault, target: FaultTarget): boolean {
    const { fault, pattern } = armed;
    if (armed.remaining <= 0) return false;
    if (fault.method !== undefined && fault.method.toUpperCase() !== target.method) return false;
    if (fault.effect === "stale-list" && !target.isList) return false;
    if (!target.paths.some((path) => pattern.test(path))) return false;
    if (fault.probability !== undefined && armed.nextChance() >= fault.probability) return false;
    armed.remaining -= 1;
    armed.struck += 1;
    return true;
  }
}

/** A plain delay, and what strikes after the effect, wait when the work is done; everything else waits first. */
function isWaitBefore(fault: Fault): boolean {
  return fault.effect === "delay" ? fault.before === true : !isAfterEffect(fault);
}

/** Whether the request is done before the fault strikes. */
export function isAfterEffect({ effect, after }: Fault): boolean {
  return effect === "drop-after" || (effect === "status" && after === true);
}

/** The answer of a `status` fault. */
export function statusAnswer(fault: Fault, requestId: string): Response {
  const status = fault.status ?? 500;
  const { body } = fault;
  const headers = new Headers(fault.headers);
  if (status === 204 || status === 205 || status === 304) return new Response(null, { status, headers });
  if (body === undefined && status < 400) return Response.json({}, { status, headers });
  if (body === undefined) {
    const error = new ServiceError(status, defaultCodes[status] ?? "injected_fault", "Injected fault");
    return Response.json(error.toBody(requestId), { status, headers });
  }
  if (typeof body !== "string") return Response.json(body, { status, headers });
  const type = body.trimStart().startsWith("<") ? "text/html" : "text/plain";
  if (!headers.has("content-type")) headers.set("content-type", type);
  return new Response(body, { status, headers });
}

/** The codes that the service is known to use. */
const defaultCodes: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  404: "not_found",
  409: "conflict",
  429: "rate_limit_exceeded",
  500: "server_error",
};
