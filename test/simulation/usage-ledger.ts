import type { Fingerprint } from "../../src/config/index.ts";
import type { AgentKey, UsageDelta } from "../../src/registry/contract/index.ts";
import type { VirtualProcess } from "./virtual-process.ts";
import type { World } from "./world.ts";

interface Batch {
  readonly processId: string;
  readonly sequence: number;
  readonly deltas: readonly UsageDelta[];
}

interface Counted {
  readonly uses: number;
  readonly lastUsedAt: number;
}

/** Counts what callers were given, and what the registry was told of it (P7). */
export class UsageLedger {
  readonly #world: World;
  readonly #broken: (rule: string, message: string) => void;
  readonly #given = new Map<VirtualProcess, Map<string, number>>();
  readonly #givenAt = new Map<VirtualProcess, readonly number[]>();
  readonly #written = new Map<VirtualProcess, Map<string, number>>();
  readonly #batches = new Set<string>();
  readonly #crashed = new Set<VirtualProcess>();

  constructor(world: World, broken: (rule: string, message: string) => void) {
    this.#world = world;
    this.#broken = broken;
  }

  given(process: VirtualProcess, agentName: string, fingerprint: Fingerprint): void {
    add(this.#given, process, { id: `${agentName} ${fingerprint}`, count: 1 });
    this.#givenAt.set(process, [...(this.#givenAt.get(process) ?? []), this.#world.now]);
  }

  /** A hard kill loses the uses of one flush interval at most, unless the registry was out of reach or time went on over the flush. */
  crashed(process: VirtualProcess): void {
    this.#crashed.add(process);
    const { faults, options, haste } = this.#world.settings;
    if (faults.registryBefore > 0 || faults.registryAfter > 0 || haste > 0 || process.stalledUntil > 0) return;
    const due = (this.#givenAt.get(process) ?? []).filter((at) => at < this.#world.now - options.flushMs).length;
    const written = [...(this.#written.get(process)?.values() ?? [])].reduce((sum, count) => sum + count, 0);
    if (written < due)
      this.#broken(
        "P7 flush",
        `${process.name} crashes with ${due - written} uses that are older than ${options.flushMs} ms and not written.`,
      );
  }

  before(batch: Batch): readonly (Counted | undefined)[] {
    return batch.deltas.map((delta) => this.#counted(delta.key, delta.fingerprint));
  }

  after(process: VirtualProcess, batch: Batch, before: readonly (Counted | undefined)[]): void {
    const id = `${batch.processId} ${batch.sequence}`;
    const isFirst = !this.#batches.has(id);
    this.#batches.add(id);
    for (const [place, delta] of batch.deltas.entries()) {
      const { key, fingerprint, uses } = delta;
      if (isFirst) add(this.#written, process, { id: `${key.name} ${fingerprint}`, count: uses });
      const now = this.#counted(key, fingerprint);
      const was = before[place];
      if (was === undefined || now === undefined) continue;
      // A batch may hold several deltas of one revision.
      const sum = batch.deltas.reduce(
        (total, other) => total + (other.key.name === key.name && other.fingerprint === fingerprint ? other.uses : 0),
        0,
      );
      if (now.uses - was.uses !== (isFirst ? sum : 0))
        this.#broken(
          "P7 sum",
          `Batch ${id} adds ${sum} uses of ${key.name}; the registry went from ${was.uses} to ${now.uses}.`,
        );
      if (now.lastUsedAt < was.lastUsedAt)
        this.#broken("P7 last used", `The last use of ${key.name} went back by ${was.lastUsedAt - now.lastUsedAt} ms.`);
    }
  }

  /** Compares at the end. A crashed process may have lost what was not written yet, and nothing may be counted twice. */
  compare(processes: readonly VirtualProcess[]): void {
    for (const process of processes) {
      const given = this.#given.get(process) ?? new Map<string, number>();
      const written = this.#written.get(process) ?? new Map<string, number>();
      for (const id of new Set([...given.keys(), ...written.keys()])) {
        const [uses, counted] = [given.get(id) ?? 0, written.get(id) ?? 0];
        if (counted > uses)
          this.#broken("P7 too many", `${process.name} gave ${id} ${uses} times and wrote ${counted} uses.`);
        if (counted < uses && !this.#crashed.has(process))
          this.#broken(
            "P7 too few",
            `${process.name} gave ${id} ${uses} times and wrote ${counted} uses until it was closed.`,
          );
      }
    }
  }

  #counted(key: AgentKey, fingerprint: Fingerprint): Counted | undefined {
    const agent = this.#world.store.agent(key);
    if (agent?.revisions.has(fingerprint) !== true) return undefined;
    return agent.usage.get(fingerprint) ?? { uses: 0, lastUsedAt: 0 };
  }
}

function add(
  sums: Map<VirtualProcess, Map<string, number>>,
  process: VirtualProcess,
  entry: { readonly id: string; readonly count: number },
): void {
  const sum = sums.get(process) ?? new Map<string, number>();
  sums.set(process, sum);
  sum.set(entry.id, (sum.get(entry.id) ?? 0) + entry.count);
}
