import type { CreateRevisionParams, RemoteRevision } from "../../src/services/contract/index.ts";

/** Whether a write that changes nothing gives the latest version: nobody outside knows which the service does. */
export type Dedupe = "off" | "definition" | "definition-and-metadata";

interface Change {
  readonly at: number;
  readonly serviceName: string;
  /** The versions before the change, oldest first. */
  readonly before: readonly RemoteRevision[];
}

/** The agents of a service: names, versions that only grow, metadata. It knows its past, for stale answers. */
export class ServiceModel {
  readonly #dedupe: Dedupe;
  readonly #agents = new Map<string, readonly RemoteRevision[]>();
  readonly #numbers = new Map<string, number>();
  readonly #changes: Change[] = [];
  /** Versions that are not as they were made. */
  readonly edited = new Set<string>();
  /** Agents that are not allowed to run. */
  readonly disabled = new Set<string>();

  constructor(dedupe: Dedupe) {
    this.#dedupe = dedupe;
  }

  get names(): readonly string[] {
    return [...this.#agents.keys()];
  }

  /** Oldest first; empty if there is no such agent. */
  versions(serviceName: string): readonly RemoteRevision[] {
    return this.#agents.get(serviceName) ?? [];
  }

  find(id: string): RemoteRevision | undefined {
    return this.versions(id.split(":")[0] ?? "").find((revision) => revision.ref.id === id);
  }

  isOnlyVersion(id: string): boolean {
    const revision = this.find(id);
    return revision !== undefined && this.versions(revision.ref.name).length === 1;
  }

  /** The versions as they were before the last `back` changes of this agent that are younger than `since`. */
  versionsBefore(serviceName: string, back: number, since: number): readonly RemoteRevision[] {
    const young = this.changesSince(serviceName, since);
    return young.at(-Math.min(back, young.length))?.before ?? this.versions(serviceName);
  }

  changesSince(serviceName: string, since: number): readonly Change[] {
    return this.#changes.filter((change) => change.serviceName === serviceName && change.at > since);
  }

  create(
    params: Omit<CreateRevisionParams, "signal" | "stamp"> & { readonly stamp: RemoteRevision["stamp"] },
    now: number,
  ): { readonly revision: RemoteRevision; readonly isNew: boolean } {
    const { serviceName, definition, description, metadata, stamp } = params;
    const versions = this.versions(serviceName);
    const latest = versions.at(-1);
    if (latest !== undefined && this.#isSame(latest, params)) return { revision: latest, isNew: false };
    const number = (this.#numbers.get(serviceName) ?? 0) + 1;
    this.#numbers.set(serviceName, number);
    const version = String(number);
    const ref = { id: `${serviceName}:${version}`, name: serviceName, version };
    const revision: RemoteRevision = { ref, stamp, definition, description, metadata, createdAt: now, draft: false };
    this.#set(serviceName, [...versions, revision], now);
    return { revision, isNew: true };
  }

  deleteRevision(id: string, now: number): boolean {
    const revision = this.find(id);
    if (revision === undefined) return false;
    const { name } = revision.ref;
    const left = this.versions(name).filter((other) => other !== revision);
    this.#set(name, left, now);
    return true;
  }

  /** Changes a version where it stands. */
  edit(id: string, change: Partial<Pick<RemoteRevision, "definition" | "stamp">>, now: number): void {
    const revision = this.find(id);
    if (revision === undefined) return;
    const { name } = revision.ref;
    this.edited.add(id);
    const versions = this.versions(name).map((other) => (other === revision ? { ...revision, ...change } : other));
    this.#set(name, versions, now);
  }

  deleteAgent(serviceName: string, now: number): boolean {
    if (!this.#agents.has(serviceName)) return false;
    this.#set(serviceName, [], now);
    return true;
  }

  #isSame(
    latest: RemoteRevision,
    params: Pick<CreateRevisionParams, "definition"> & { readonly stamp: RemoteRevision["stamp"] },
  ): boolean {
    if (this.#dedupe === "off" || JSON.stringify(latest.definition) !== JSON.stringify(params.definition)) return false;
    return this.#dedupe === "definition" || JSON.stringify(latest.stamp) === JSON.stringify(params.stamp);
  }

  #set(serviceName: string, versions: readonly RemoteRevision[], now: number): void {
    this.#changes.push({ at: now, serviceName, before: this.versions(serviceName) });
    if (versions.length === 0) this.#agents.delete(serviceName);
    else this.#agents.set(serviceName, versions);
  }
}
