import type { Fingerprint } from "../../src/config/index.ts";
import type { RemoteRevision } from "../../src/services/contract/index.ts";

/** What one process has been told by the service since it took an agent's lease. */
export class Knowledge {
  readonly #seen = new Map<string, readonly RemoteRevision[]>();
  readonly #lists = new Map<string, readonly RemoteRevision[]>();
  readonly #listedAt = new Map<string, number>();
  readonly #uncertain = new Set<string>();
  readonly #refused = new Set<string>();

  /** The agent, or that there is none. */
  read(serviceName: string, versions: readonly RemoteRevision[]): void {
    this.#seen.set(serviceName, versions);
    this.#forgetUncertain(serviceName);
  }

  listed(serviceName: string, versions: readonly RemoteRevision[], now: number): void {
    // What the agent itself has shown is known, also if the list lags behind.
    const shown = this.#seen.get(serviceName) ?? [];
    this.#seen.set(serviceName, [...versions, ...shown.filter((revision) => !versions.includes(revision))]);
    this.#lists.set(serviceName, versions);
    this.#listedAt.set(serviceName, now);
    this.#forgetUncertain(serviceName);
  }

  /** It has the lease anew: what it knew before counts no more. */
  beginsAnew(serviceName: string): void {
    this.#seen.delete(serviceName);
    this.#lists.delete(serviceName);
    this.#refused.delete(serviceName);
  }

  refused(serviceName: string): void {
    this.#refused.add(serviceName);
  }

  /** Whether the service refused to delete a version under the present lease. */
  isRefused(serviceName: string): boolean {
    return this.#refused.has(serviceName);
  }

  /** The last look at the agent under the present lease. */
  seen(serviceName: string): readonly RemoteRevision[] | undefined {
    return this.#seen.get(serviceName);
  }

  /** The last whole list under the present lease. */
  list(serviceName: string): readonly RemoteRevision[] | undefined {
    return this.#lists.get(serviceName);
  }

  /** When it was last listed, by virtual time. */
  listedAt(serviceName: string): number | undefined {
    return this.#listedAt.get(serviceName);
  }

  uncertain(serviceName: string, fingerprint: Fingerprint): void {
    this.#uncertain.add(`${serviceName} ${fingerprint}`);
  }

  isUncertain(serviceName: string, fingerprint: Fingerprint): boolean {
    return this.#uncertain.has(`${serviceName} ${fingerprint}`);
  }

  #forgetUncertain(serviceName: string): void {
    for (const entry of this.#uncertain) if (entry.startsWith(`${serviceName} `)) this.#uncertain.delete(entry);
  }
}
