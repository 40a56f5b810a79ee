import { assertSessionId, type NormalConfig, normalizeConfig, unexpected, unreadable } from "../config/index.ts";
import { TenureError, throwIfAborted } from "../errors/index.ts";
import type { AgentKey, RevisionRecord } from "../registry/contract/index.ts";
import type { Timer } from "../runtime/index.ts";
import { type Deadline, waitAtMost } from "./deadline.ts";
import { BriefLooks, isRegistryDown } from "./hit/brief-looks.ts";
import { type KnownAgent, KnownAgents, seeRequest, type SeenRequest } from "./hit/known-agents.ts";
import type { AgentRequest, ManagedAgent, ResolveOptions, ResolveOutcome } from "./managed-agent.ts";
import type { OpenWork } from "./open-work.ts";
import { checkResolveOptions } from "./options.ts";
import type { ProtocolContext } from "./protocol/context.ts";
import { tellOwner } from "./protocol/contested.ts";
import { ensureAgent } from "./protocol/ensure.ts";
import type { Birth, Resolution, Target } from "./protocol/target.ts";
import type { UsageBuffer } from "./usage/usage-buffer.ts";

/** What sets one resolution apart beside its request. */
interface ResolveParams extends ResolveOptions {
  readonly birth?: Birth | undefined;
  /** Look a known revision up in the service. */
  readonly verify?: boolean | undefined;
}

/** Conflicts with other scopes that a process tells their owners of. */
const CONTESTED = 1_000;

interface Resolved {
  readonly known: KnownAgent;
  readonly outcome: ResolveOutcome;
}

/** A resolution under way. `isLed`: a caller waits who will be told what it made; the others are told that they reuse it. */
interface Flight {
  readonly promise: Promise<Resolved>;
  readonly failure: () => TenureError | undefined;
  /** Whether it still reads what the registry knows. */
  readonly isLooking: () => boolean;
  isLed: boolean;
}

/** Gives the agent of a configuration: from memory, from the flight that is under way, or by the protocol. */
export class Resolver {
  readonly #context: ProtocolContext;
  readonly #usage: UsageBuffer;
  readonly #open: () => Promise<void>;
  readonly #work: OpenWork;
  readonly #flights = new Map<string, Flight>();
  readonly #contested = new Set<string>();
  readonly known = new KnownAgents();
  /** What was given without the registry is looked up anew as soon as it answers. */
  readonly looks: BriefLooks;
  #freshTimer: Timer | undefined;

  /** `open` opens the registry; it is called only once a request is known to be sound. */
  constructor(
    context: ProtocolContext,
    params: { readonly usage: UsageBuffer; readonly work: OpenWork; readonly open: () => Promise<void> },
  ) {
    this.#context = context;
    this.#usage = params.usage;
    this.#work = params.work;
    this.#open = params.open;
    this.looks = new BriefLooks(context.options.runtime, () => this.known.beginRound());
  }

  /** From now on what is known stays fresh for `freshMs` only. One timer for all instead of a clock read per hit, which would cost 65 ns. */
  begin(): void {
    const { runtime, freshMs } = this.#context.options;
    this.#freshTimer = runtime.setTimer(freshMs, () => {
      this.known.beginRound();
      this.begin();
    });
  }

  /** Ends the timers. */
  end(): void {
    this.#freshTimer?.cancel();
    this.looks.end();
  }

  /** Not async, so that a hit costs no more than handing out a promise that is there. `birth`: what is told of an agent that it makes. */
  resolve(request: AgentRequest, options?: ResolveOptions, birth?: Birth): Promise<ManagedAgent> {
    try {
      if (options !== undefined) checkResolveOptions(options);
      if (options?.signal?.aborted !== true && typeof request === "object" && request !== null) {
        const hit = this.known.hit(request);
        if (hit !== undefined) return hit;
      }
    } catch (thrown) {
      return Promise.reject(unreadable("config", thrown));
    }
    return this.#work.track(this.#resolveUnknown(request, { ...options, birth }));
  }

  /** The key of an agent of this scope. */
  keyOf(agentName: string): AgentKey {
    const { service, scope } = this.#context.options;
    return { location: service.location, scope, name: agentName };
  }

  /** The same for a configuration that is known already, past the hit path: after the service said that the agent is gone. */
  async resolveAnew(
    config: NormalConfig,
    options: ResolveOptions,
    sessionId: string | undefined,
  ): Promise<ManagedAgent> {
    checkResolveOptions(options);
    const params = { ...options, verify: true };
    const { known, own } = await this.#work.track(this.#fly(this.#target(config, params), params));
    this.known.keep(known);
    return answer(known, own, sessionId);
  }

  async #resolveUnknown(request: AgentRequest, params: ResolveParams): Promise<ManagedAgent> {
    const { config, seen } = this.#read(request);
    const { sessionId } = seen;
    const target = this.#target(config, params);
    throwIfAborted(params.signal);
    await this.#open();
    const { known, own } = await this.#fly(target, params);
    if (own === "created" || own === "updated") known.usage.countCreation(sessionId);
    else known.usage.countReuse(sessionId);
    this.known.remember(seen, known);
    return answer(known, own, sessionId);
  }

  /** Everything that can be refused without I/O is refused here. */
  #read(request: AgentRequest): { readonly config: NormalConfig; readonly seen: SeenRequest } {
    assertRequest(request);
    try {
      const { sessionId, ...declared } = request;
      if (sessionId !== undefined) assertSessionId(sessionId);
      const config = normalizeConfig(declared, { model: this.#context.options.model });
      return { config, seen: seeRequest(request) };
    } catch (thrown) {
      throw unreadable("config", thrown);
    }
  }

  #target(config: NormalConfig, params: ResolveParams): Target {
    const { options } = this.#context;
    const serviceName = options.service.toServiceName(config.agentName);
    return {
      key: this.keyOf(config.agentName),
      config,
      serviceName,
      serviceKey: options.service.toServiceKey(serviceName),
      birth: params.birth ?? {},
      unmanaged: params.unmanaged ?? options.unmanaged,
      onChange: params.onChange ?? options.onChange,
      verify:
        params.verify ??
        (options.verify === "check" && this.known.get(config.agentName, config.fingerprint) === undefined),
    };
  }

  /** What is given of the configuration if the registry does not answer. */
  #fallback({ agentName, fingerprint }: NormalConfig): KnownAgent | undefined {
    return this.#context.options.whenRegistryFails === "fail" ? undefined : this.known.get(agentName, fingerprint);
  }

  /** Waits for the flight, at most as long as this caller wants to. Who joined another caller's flight reuses what it made. */
  async #fly(
    target: Target,
    params: ResolveParams,
  ): Promise<{ readonly known: KnownAgent; readonly own: ResolveOutcome }> {
    throwIfAborted(params.signal);
    // The registry may have taken its time to open.
    this.#work.assertOpen();
    const flight = this.#join(target);
    const leads = !flight.isLed;
    flight.isLed = true;
    const { signal, timeoutMs } = params;
    const limits = { signal, timeoutMs, runtime: this.#context.options.runtime, failure: flight.failure };
    try {
      const { known, outcome } = await waitAtMost(flight.promise, limits);
      if (leads || flight.isLed) return { known, own: leads ? outcome : "reused" };
      flight.isLed = true;
      return { known, own: outcome };
    } catch (thrown) {
      // Who led has given up: the first of those who stayed is told what was made, so that it is counted.
      if (leads) flight.isLed = false;
      const error = TenureError.from(thrown);
      if (error.code !== "timeout" || !flight.isLooking()) throw error;
      return { known: this.#giveKnown(target, error), own: "reused" };
    }
  }

  #join(target: Target): Flight {
    const owned = JSON.stringify(target.config.owned);
    const { unmanaged, onChange, verify } = target;
    const id = [target.key.name, target.config.fingerprint, unmanaged, onChange, verify, owned].join(" ");
    const under = this.#flights.get(id);
    if (under !== undefined) return under;
    let failure = (): TenureError | undefined => undefined;
    let reads = 0;
    const promise = this.#work
      .withDeadline(undefined, (deadline) => {
        failure = () => deadline.failure;
        const look: Resolution["look"] = (read) => {
          reads += 1;
          return this.#look(target, read, deadline).finally(() => (reads -= 1));
        };
        return this.#ensure({ target, deadline, look });
      })
      .finally(() => this.#flights.delete(id));
    const flight = { promise, failure: () => failure(), isLooking: () => reads > 0, isLed: false };
    this.#flights.set(id, flight);
    return flight;
  }

  /** A flight takes at most the manager's time, whoever waits for it: recovery counts from then how late a write may be. */
  async #ensure(resolution: Resolution): Promise<Resolved> {
    const { target } = resolution;
    const { runtime } = this.#context.options;
    try {
      const from = runtime.monotonic();
      const { revision, outcome } = await ensureAgent(this.#context, resolution);
      if (outcome === "reused") this.#reportReuse(target, revision, runtime.monotonic() - from);
      return { known: this.#known(target, revision), outcome };
    } catch (thrown) {
      const error = TenureError.from(thrown);
      if (error.code === "scope_conflict") await this.#tellOwner(target, error);
      if (!isRegistryDown(error)) throw error;
      return { known: this.#giveKnown(target, error), outcome: "reused" };
    }
  }

  #look<Value>(target: Target, read: () => Promise<Value>, deadline: Deadline): Promise<Value> {
    return this.#fallback(target.config) === undefined ? read() : this.looks.look(read, deadline.remainingMs);
  }

  /** Once for each agent and owner, so that a caller who tries again and again does not fill the owner's trail. */
  async #tellOwner(target: Target, error: TenureError): Promise<void> {
    const id = JSON.stringify([target.key.name, error.details["owner"]]);
    if (this.#contested.has(id) || this.#contested.size >= CONTESTED) return;
    this.#contested.add(id);
    await tellOwner(this.#context, target, error);
  }

  #reportReuse(target: Target, revision: RevisionRecord, durationMs: number): void {
    if (this.known.get(target.key.name, revision.fingerprint) !== undefined) return;
    this.#context.emit({
      type: "agent.reused",
      agentName: target.key.name,
      fingerprint: revision.fingerprint,
      remote: revision.remote,
      durationMs,
    });
  }

  /** The registry is out of reach: a known agent may be given again, a new one is never made. */
  #giveKnown(target: Target, error: TenureError): KnownAgent {
    const known = this.#fallback(target.config);
    if (known === undefined) throw error;
    const { agentName, fingerprint } = target.config;
    this.#context.emit({ type: "registry.degraded", agentName, fingerprint, message: error.message });
    return known;
  }

  #known(target: Target, revision: RevisionRecord): KnownAgent {
    const before = this.known.get(target.key.name, target.config.fingerprint);
    if (before !== undefined && before.agent.remote.id === revision.remote.id) return before;
    const agent: ManagedAgent = Object.freeze({
      agentName: target.key.name,
      outcome: "reused",
      reused: true,
      remote: Object.freeze({ ...revision.remote }),
      fingerprint: revision.fingerprint,
      model: revision.model,
      webSearchEnabled: revision.webSearchEnabled,
      sessionId: undefined,
    });
    return {
      config: target.config,
      agent,
      usage: before?.usage ?? this.#usage.cell(target.key, revision.fingerprint),
      round: 0,
    };
  }
}

/** Throws `invalid_config`. */
export function assertRequest(request: unknown): asserts request is object {
  if (typeof request !== "object" || request === null) throw unexpected("config", "a configuration object", request);
}

function answer(known: KnownAgent, outcome: ResolveOutcome, sessionId: string | undefined): ManagedAgent {
  if (outcome === "reused" && sessionId === undefined) return known.agent;
  return Object.freeze({ ...known.agent, outcome, reused: outcome === "reused" || outcome === "adopted", sessionId });
}
