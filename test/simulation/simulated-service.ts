import type { RemoteRef } from "../../src/config/index.ts";
import { abortedError, TenureError, throwIfAborted } from "../../src/errors/index.ts";
import type {
  AgentService,
  CallOptions,
  CreateRevisionParams,
  ListRevisionsParams,
  RemoteAgent,
  RemoteRevision,
  RunService,
  ServiceCapabilities,
  WriteOutcome,
} from "../../src/services/contract/index.ts";
import type { VirtualProcess } from "./virtual-process.ts";
import { chooseFate, type Fate, late } from "./write-fate.ts";

/** Where the simulated agents live. */
export const LOCATION = "simulated";

interface Write<Value> {
  readonly label: string;
  readonly serviceName: string;
  readonly signal: AbortSignal | undefined;
  /** Whether the network may delay or double it: what a name means can change meanwhile, what an id means cannot. */
  readonly mayWander: boolean;
  /** Whether it is the last that its sender does. */
  readonly isLast?: () => boolean;
  readonly onSent: () => void;
  readonly effect: (delivery: Delivery) => WriteOutcome<Value>;
  readonly onOutcome: (outcome: WriteOutcome<Value>) => void;
}

/** How a write came to its effect. */
export type Delivery = "on-time" | "late" | "again";

/** One process's client of the service: each read is two steps, each write three (sent, effect, answer), and faults strike at each. */
export class SimulatedService implements AgentService {
  readonly location: string = LOCATION;
  readonly capabilities: ServiceCapabilities = { versions: true, uniqueNames: true, maxVersions: 1000 };
  readonly runs: RunService = unmodelledRuns;
  readonly #process: VirtualProcess;

  constructor(process: VirtualProcess) {
    this.#process = process;
  }

  toServiceName(agentName: string): string {
    return agentName;
  }

  toServiceKey(serviceName: string): string {
    return serviceName.toLowerCase();
  }

  async get({ serviceName, signal }: { readonly serviceName: string } & CallOptions): Promise<RemoteAgent | undefined> {
    const versions = await this.#read(`get ${serviceName}`, signal, () => this.#versions(serviceName));
    const latest = versions.at(-1);
    this.#process.world.promises.service.read(this.#process, serviceName, latest === undefined ? [] : [latest]);
    return latest === undefined ? undefined : { serviceName, state: this.#stateOf(serviceName), latest };
  }

  async getRevision({ ref, signal }: { readonly ref: RemoteRef } & CallOptions): Promise<RemoteRevision | undefined> {
    const found = await this.#read(`getRevision ${ref.id}`, signal, () =>
      this.#versions(ref.name).filter((revision) => revision.ref.id === ref.id),
    );
    return found[0];
  }

  async *listRevisions({ serviceName, signal }: ListRevisionsParams): AsyncGenerator<RemoteRevision, void, undefined> {
    const versions = await this.#read(`listRevisions ${serviceName}`, signal, () => this.#versions(serviceName));
    this.#process.world.promises.service.listed(this.#process, serviceName, versions);
    yield* versions.toReversed();
  }

  async *listAgents({ signal }: CallOptions = {}): AsyncGenerator<RemoteAgent, void, undefined> {
    const agents = await this.#read("listAgents", signal, () =>
      this.#process.world.service.names.flatMap((serviceName): RemoteAgent[] => {
        const latest = this.#versions(serviceName).at(-1);
        return latest === undefined ? [] : [{ serviceName, state: this.#stateOf(serviceName), latest }];
      }),
    );
    yield* agents;
  }

  createRevision(params: CreateRevisionParams): Promise<WriteOutcome<RemoteRevision>> {
    const { world } = this.#process;
    const { serviceName, stamp } = params;
    return this.#write({
      label: `createRevision ${serviceName} fingerprint=${stamp.fingerprint.slice(0, 10)} intent=${stamp.intentId}`,
      serviceName,
      signal: params.signal,
      mayWander: true,
      onSent: () => world.promises.service.createSent(this.#process, params),
      effect: (delivery) => {
        const made = world.service.create(params, world.now);
        world.note(
          world.network,
          () =>
            `makes ${made.revision.ref.id}${made.isNew ? "" : " (was there)"}${delivery === "on-time" ? "" : `, ${delivery}`}`,
        );
        world.promises.service.createEffect(this.#process, { params, made, delivery });
        return { kind: "ok", value: made.revision };
      },
      onOutcome: (outcome) => world.promises.service.createAnswered(this.#process, params, outcome.kind),
    });
  }

  deleteRevision({
    ref,
    signal,
  }: { readonly ref: RemoteRef } & CallOptions): Promise<WriteOutcome<"deleted" | "absent">> {
    const { world } = this.#process;
    return this.#write({
      label: `deleteRevision ${ref.id}`,
      serviceName: ref.name,
      signal,
      mayWander: true,
      isLast: () => world.diesDeleting(this.#process),
      onSent: () => world.promises.service.deleteSent(this.#process, { serviceName: ref.name, id: ref.id }),
      effect: () => {
        world.promises.retention.deletionTakesEffect(ref.id);
        if (world.settings.keepsLastVersion && world.service.isOnlyVersion(ref.id))
          return { kind: "refused", error: lastVersion() };
        return { kind: "ok", value: world.service.deleteRevision(ref.id, world.now) ? "deleted" : "absent" };
      },
      onOutcome: (outcome) => world.promises.service.deleteAnswered(this.#process, ref.name, outcome),
    });
  }

  deleteAgent({
    serviceName,
    signal,
  }: { readonly serviceName: string } & CallOptions): Promise<WriteOutcome<"deleted" | "absent">> {
    const { world } = this.#process;
    return this.#write({
      label: `deleteAgent ${serviceName}`,
      serviceName,
      signal,
      mayWander: false,
      onSent: () => world.promises.service.deleteSent(this.#process, { serviceName, id: undefined }),
      effect: () => {
        world.promises.service.agentDeleted(this.#process, serviceName);
        return { kind: "ok", value: world.service.deleteAgent(serviceName, world.now) ? "deleted" : "absent" };
      },
      onOutcome: () => undefined,
    });
  }

  enable({ serviceName, signal }: { readonly serviceName: string } & CallOptions): Promise<WriteOutcome<"enabled">> {
    const { world } = this.#process;
    return this.#write({
      label: `enable ${serviceName}`,
      serviceName,
      signal,
      mayWander: false,
      onSent: () => world.promises.service.enableSent(this.#process, serviceName),
      effect: () => {
        world.service.disabled.delete(serviceName);
        return { kind: "ok", value: "enabled" };
      },
      onOutcome: () => undefined,
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #stateOf(serviceName: string): RemoteAgent["state"] {
    return this.#process.world.service.disabled.has(serviceName) ? "disabled" : "enabled";
  }

  #versions(serviceName: string): readonly RemoteRevision[] {
    const { world } = this.#process;
    const since = world.now - world.settings.staleMs;
    const young = world.service.changesSince(serviceName, since).length;
    if (young === 0 || !world.strikes("staleRead")) return world.service.versions(serviceName);
    const back = 1 + world.choices.choose(young);
    world.note(world.network, () => `answers as it was ${back} changes ago`);
    return world.service.versionsBefore(serviceName, back, since);
  }

  #read<Value>(label: string, signal: AbortSignal | undefined, look: () => Value): Promise<Value> {
    const { world } = this.#process;
    return new Promise((resolve, reject) => {
      throwIfAborted(signal);
      signal?.addEventListener("abort", () => reject(abortedError(signal)), { once: true });
      const answer = (text: string, run: () => void): void =>
        world.scheduler.add(this.#process, `service ${label}: ${text}`, run);
      world.scheduler.add(this.#process, `service ${label}`, () => {
        if (world.strikes("readFailure")) {
          answer("fails", () =>
            reject(
              new TenureError("service_unavailable", "The service did not answer.", { retryable: true, status: 503 }),
            ),
          );
          return;
        }
        const value = look();
        answer("ok", () => resolve(value));
      });
    });
  }

  #write<Value>(write: Write<Value>): Promise<WriteOutcome<Value>> {
    const { world } = this.#process;
    const { signal, label } = write;
    return new Promise((resolve, reject) => {
      throwIfAborted(signal);
      let isSent = false;
      let isSettled = false;
      const settle = (outcome: WriteOutcome<Value>): void => {
        if (isSettled) return;
        isSettled = true;
        write.onOutcome(outcome);
        resolve(outcome);
      };
      signal?.addEventListener(
        "abort",
        () => (isSent ? settle(unknown("The wait was ended.")) : reject(abortedError(signal))),
        { once: true },
      );
      world.scheduler.add(this.#process, `service ${label}: sent`, () => {
        if (signal?.aborted === true) return;
        isSent = true;
        write.onSent();
        this.#travel(write, write.isLast?.() === true ? late(world) : chooseFate(world, write.mayWander), settle);
      });
    });
  }

  /** From here on the request goes its way without its sender. */
  #travel<Value>(write: Write<Value>, fate: Fate, settle: (outcome: WriteOutcome<Value>) => void): void {
    const { world } = this.#process;
    const { label } = write;
    const answer = (outcome: WriteOutcome<Value>): void =>
      world.scheduler.add(this.#process, `service ${label}: ${outcome.kind}`, () => settle(outcome));
    if (fate.kind === "not-done") {
      answer(fate.outcome);
      return;
    }
    if (fate.lateMs !== undefined) {
      world.scheduler.setTimer(world.network, fate.lateMs, () => write.effect("late"));
      answer(unknown("The connection was reset."));
      return;
    }
    const deadline = world.now + world.settings.options.lateMs;
    const arrive = (): void => {
      const outcome = write.effect("on-time");
      if (fate.againMs !== undefined)
        world.scheduler.setTimer(world.network, fate.againMs, () => write.effect("again"));
      answer(fate.isAnswerLost ? unknown("The answer was lost.") : outcome);
    };
    world.scheduler.add(world.network, `service ${label}: arrives`, arrive, deadline);
  }
}

function lastVersion(): TenureError {
  return new TenureError("service_refused", "This is the only version of the agent.", { status: 400 });
}

function unknown(message: string): { readonly kind: "unknown"; readonly error: TenureError } {
  return { kind: "unknown", error: new TenureError("service_unavailable", message, { retryable: true }) };
}

const notModelled = (): never => {
  throw new TenureError("internal", "The simulation does not model runs.");
};

const unmodelledRuns: RunService = {
  createConversation: notModelled,
  deleteConversation: notModelled,
  listItems: notModelled,
  respond: notModelled,
  stream: notModelled,
  getResponse: notModelled,
  cancel: notModelled,
  deleteResponse: notModelled,
};
