import {
  isDeeplyFrozen,
  isSessionId,
  type NormalConfig,
  sameAsSnapshot,
  type Snapshot,
  snapshotOf,
} from "../../config/index.ts";
import type { AgentRequest, ManagedAgent } from "../managed-agent.ts";
import type { UsageCell } from "../usage/usage-cell.ts";

/** An agent that this process has resolved, ready to be given again. */
export interface KnownAgent {
  readonly config: NormalConfig;
  /** As a repeated call gets it: `outcome` is `reused`. */
  readonly agent: ManagedAgent;
  readonly usage: UsageCell;
  /** The round in which the registry was last asked about it. */
  round: number;
}

/** A way in which a caller has spelled a configuration. */
interface Spelling {
  /** Absent when the caller's object is deeply frozen: then its identity is enough. */
  readonly snapshot: Snapshot | undefined;
  readonly known: KnownAgent;
  readonly sessionId: string | undefined;
  readonly answer: Promise<ManagedAgent>;
}

/** A request as it was when it was made: its caller may change the object while the answer is under way. */
export interface SeenRequest {
  readonly request: AgentRequest;
  readonly snapshot: Snapshot;
  readonly sessionId: string | undefined;
  readonly isFrozen: boolean;
}

/** Takes the copy that later requests are compared with. */
export function seeRequest(request: AgentRequest): SeenRequest {
  const { sessionId } = request;
  return { request, snapshot: snapshotOf(request), sessionId, isFrozen: isDeeplyFrozen(request) };
}

/** Spellings kept for one agent name: different configurations, or different but equal-meaning objects. Beyond that the oldest goes. */
const SPELLINGS_PER_NAME = 64;
/** Agent names kept. Beyond that the one resolved longest ago goes. */
const NAMES = 10_000;

/**
 * The hit path (P7): recognises a configuration by identity, then by comparison, without hashing it, and answers from memory.
 *
 * An object that its caller could change is compared with the copy that was taken when it was first seen.
 */
export class KnownAgents {
  readonly #byObject = new WeakMap<object, Spelling>();
  readonly #byName = new Map<string, Spelling[]>();
  readonly #byFingerprint = new Map<string, KnownAgent>();
  #round = 0;

  /** The answer to a repeated request, its use counted; `undefined` if it is not known or not fresh. */
  hit(request: AgentRequest): Promise<ManagedAgent> | undefined {
    const spelling = this.#find(request);
    if (spelling === undefined || spelling.known.round !== this.#round) return undefined;
    const { sessionId } = request;
    const isSameSession = sessionId === spelling.sessionId;
    // A wrong one is refused past the hit path: counted, it would keep every later count from being written.
    if (!isSameSession && sessionId !== undefined && !isSessionId(sessionId)) return undefined;
    spelling.known.usage.countReuse(sessionId);
    if (isSameSession) return spelling.answer;
    return Promise.resolve(Object.freeze({ ...spelling.known.agent, sessionId }));
  }

  /** What is known of a configuration, fresh or not. */
  get(agentName: string, fingerprint: string): KnownAgent | undefined {
    return this.#byFingerprint.get(`${agentName} ${fingerprint}`);
  }

  /** Keeps an agent that the registry or the service has just confirmed, for callers who know its fingerprint. */
  keep(known: KnownAgent): void {
    const { agentName } = known.agent;
    const { fingerprint } = known.config;
    const before = this.get(agentName, fingerprint);
    if (before !== undefined && before !== known) this.forget(agentName, fingerprint);
    known.round = this.#round;
    this.#byFingerprint.set(`${agentName} ${fingerprint}`, known);
  }

  /** The same, for callers who spell the configuration in this way. */
  remember(seen: SeenRequest, known: KnownAgent): void {
    this.keep(known);
    const { snapshot, sessionId, isFrozen } = seen;
    const answer = Promise.resolve(
      sessionId === undefined ? known.agent : Object.freeze({ ...known.agent, sessionId }),
    );
    this.#byObject.set(seen.request, { snapshot: isFrozen ? undefined : snapshot, known, sessionId, answer });
    const { agentName } = known.agent;
    const others = (this.#byName.get(agentName) ?? []).filter((other) => !sameSpelling(seen.request, other));
    const spellings = [{ snapshot, known, sessionId, answer }, ...others];
    this.#trim(spellings);
    this.#byName.delete(agentName);
    this.#byName.set(agentName, spellings);
    this.#forgetOldest();
  }

  /** Forgets the agent: one revision, or all that is known under the name. */
  forget(agentName: string, fingerprint?: string): void {
    const spellings = this.#byName.get(agentName) ?? [];
    const left = spellings.filter(
      (spelling) => fingerprint !== undefined && spelling.known.config.fingerprint !== fingerprint,
    );
    for (const { known } of spellings) {
      if (fingerprint !== undefined && known.config.fingerprint !== fingerprint) continue;
      known.round = -1;
      this.#byFingerprint.delete(`${agentName} ${known.config.fingerprint}`);
    }
    if (left.length === 0) this.#byName.delete(agentName);
    else this.#byName.set(agentName, left);
  }

  /** From now on everything known is looked up in the registry once more before it is given. */
  beginRound(): void {
    this.#round += 1;
  }

  get size(): number {
    return this.#byFingerprint.size;
  }

  #find(request: AgentRequest): Spelling | undefined {
    const seen = this.#byObject.get(request);
    if (seen !== undefined && (seen.snapshot === undefined || sameAsSnapshot(request, seen.snapshot))) return seen;
    const spellings = this.#byName.get(request.agentName);
    if (spellings === undefined) return undefined;
    for (const spelling of spellings) {
      if (sameSpelling(request, spelling)) return spelling;
    }
    return undefined;
  }

  #trim(spellings: Spelling[]): void {
    for (const { known } of spellings.splice(SPELLINGS_PER_NAME)) {
      if (spellings.some((kept) => kept.known === known)) continue;
      // No longer reached by `forget`, so it must not be given unasked.
      known.round = -1;
      this.#byFingerprint.delete(`${known.agent.agentName} ${known.config.fingerprint}`);
    }
  }

  #forgetOldest(): void {
    if (this.#byName.size <= NAMES) return;
    for (const oldest of this.#byName.keys()) {
      this.forget(oldest);
      return;
    }
  }
}

function sameSpelling(request: AgentRequest, spelling: Spelling): boolean {
  return spelling.snapshot !== undefined && sameAsSnapshot(request, spelling.snapshot);
}
