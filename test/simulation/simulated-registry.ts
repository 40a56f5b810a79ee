import { abortedError, TenureError } from "../../src/errors/index.ts";
import type {
  AgentRegistry,
  ClaimParams,
  ClaimResult,
  Lease,
  ProcessStore,
} from "../../src/registry/contract/index.ts";
import type { Runtime } from "../../src/runtime/index.ts";
import type { VirtualProcess } from "./virtual-process.ts";

/** The members of a registry's parts that the manager writes with under a lease. */
interface Fenced {
  readonly lease: Lease;
}

/**
 * A process's connection to the registry: the real memory registry on the store that all share. Each call is two steps, effect and answer, and between any two
 * steps everything else may happen; a call may fail before or after its effect.
 */
export function simulatedRegistry(process: VirtualProcess, runtime: Runtime): AgentRegistry {
  const { world } = process;
  const real = new world.subject.MemoryRegistry({ store: world.store, runtime });
  const connection = new Connection(process);
  return {
    capabilities: real.capabilities,
    agents: connection.wrap("agents", real.agents),
    leases: connection.wrap("leases", real.leases),
    intents: connection.wrap("intents", real.intents),
    usage: connection.wrap("usage", real.usage),
    sessions: connection.wrap("sessions", real.sessions),
    events: connection.wrap("events", real.events),
    processes: connection.wrap("processes", new Deaths(process, real.processes)),
    aliases: connection.wrap("aliases", real.aliases),
    budgets: real.budgets,
    meters: real.meters,
    runs: real.runs,
    scores: real.scores,
    census: real.census,
    open: () => connection.call("open", undefined, () => real.open()),
    now: () => connection.call("now", undefined, () => real.now()),
    close: () => real.close(),
    [Symbol.asyncDispose]: () => real.close(),
  };
}

/** Tells that a crashed process is dead in runs where that can be known. */
class Deaths implements ProcessStore {
  readonly #process: VirtualProcess;
  readonly #real: ProcessStore;

  constructor(process: VirtualProcess, real: ProcessStore) {
    this.#process = process;
    this.#real = real;
  }

  register(params: Parameters<ProcessStore["register"]>[0]): Promise<void> {
    return this.#real.register(params);
  }

  unregister(params: Parameters<ProcessStore["unregister"]>[0]): Promise<void> {
    return this.#real.unregister(params);
  }

  async isDead(params: Parameters<ProcessStore["isDead"]>[0]): Promise<boolean> {
    const { settings, promises } = this.#process.world;
    if (settings.deathsAreKnown && promises.isCrashed(params.process.id)) return true;
    return this.#real.isDead(params);
  }
}

class Connection {
  readonly #process: VirtualProcess;

  constructor(process: VirtualProcess) {
    this.#process = process;
  }

  wrap<Store extends object>(name: string, store: Store): Store {
    const wrapped = new Map<PropertyKey, unknown>();
    return new Proxy(store, {
      get: (target, property): unknown => {
        const known = wrapped.get(property);
        if (known !== undefined) return known;
        const member: unknown = Reflect.get(target, property);
        if (typeof member !== "function") return member;
        const label = `${name}.${String(property)}`;
        const method = (params: unknown): Promise<unknown> =>
          label === "leases.waitForChange"
            ? this.#wait(params as WaitParams, () => Reflect.apply(member, target, [params]) as Promise<void>)
            : this.call(label, params, () => Reflect.apply(member, target, [params]) as Promise<unknown>);
        wrapped.set(property, method);
        return method;
      },
    });
  }

  call<Value>(label: string, params: unknown, effect: () => Promise<Value>): Promise<Value> {
    const process = this.#process;
    const { world } = process;
    return new Promise((resolve, reject) => {
      const answer = (text: string, run: () => void): void =>
        world.scheduler.add(process, `registry ${label}: ${text}`, run);
      world.scheduler.add(
        process,
        `registry ${label}${world.scheduler.trace === undefined ? "" : shown(params)}`,
        () => {
          if (world.strikes("registryBefore")) {
            answer("fails, not done", () => reject(unavailable()));
            return;
          }
          const isLost = world.strikes("registryAfter");
          this.#effect(label, params, effect).then(
            (value) => {
              if (isLost) answer("fails, done", () => reject(unavailable()));
              else answer("ok", () => resolve(value));
            },
            (error: unknown) =>
              answer(`refused: ${TenureError.from(error).code}`, () => reject(TenureError.from(error))),
          );
        },
      );
    });
  }

  async #effect<Value>(label: string, params: unknown, effect: () => Promise<Value>): Promise<Value> {
    const { promises, store } = this.#process.world;
    const isFenced = typeof params === "object" && params !== null && "lease" in params && !label.startsWith("leases.");
    const fenced = isFenced ? (params as Fenced) : undefined;
    const row = fenced === undefined ? undefined : store.leases.get(fenced.lease.resource);
    const before = promises.beforeWrite(this.#process, label, params);
    const value = await effect();
    if (fenced !== undefined) promises.fencedWrite(this.#process, { label, lease: fenced.lease, row });
    if (label === "leases.claim")
      promises.claimed(this.#process, params as ClaimParams, {
        result: value as ClaimResult,
        before: before as Lease | undefined,
      });
    promises.afterWrite(this.#process, label, { params, before });
    return value;
  }

  /** The wait itself is the registry's; what comes of it reaches the process at a step of its own. A wake-up may get lost. */
  #wait(params: WaitParams, effect: () => Promise<void>): Promise<void> {
    const process = this.#process;
    const { scheduler } = process.world;
    return new Promise((resolve, reject) => {
      scheduler.add(process, `registry leases.waitForChange up to ${params.timeoutMs} ms`, () => {
        const answer = (run: () => void): void => scheduler.add(process, "registry leases.waitForChange: over", run);
        const waited = process.world.strikes("lostWakeUp") ? this.#sleep(params) : effect();
        waited.then(
          () => answer(resolve),
          (error: unknown) => answer(() => reject(TenureError.from(error))),
        );
      });
    });
  }

  #sleep(params: WaitParams): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#process.world.scheduler.setTimer(this.#process, params.timeoutMs, resolve);
      params.signal?.addEventListener(
        "abort",
        () => reject(params.signal === undefined ? undefined : abortedError(params.signal)),
        { once: true },
      );
    });
  }
}

interface WaitParams {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

function unavailable(): TenureError {
  return new TenureError("registry_unavailable", "The connection to the registry broke.", { retryable: true });
}

/** The few members that tell one call from another. */
function shown(params: unknown): string {
  if (typeof params !== "object" || params === null) return "";
  const parts: string[] = [];
  for (const [name, value] of Object.entries(params) as [string, unknown][]) {
    if (name === "fingerprint" || name === "intentId" || name === "state" || name === "sequence")
      parts.push(`${name}=${String(value).slice(0, 10)}`);
    if (name === "lease" && typeof value === "object" && value !== null && "fence" in value)
      parts.push(`fence=${String(value.fence)}`);
    if (name === "resource") parts.push(decodeURIComponent(String(value).split("|").at(-1) ?? ""));
  }
  return parts.map((part) => ` ${part}`).join("");
}
