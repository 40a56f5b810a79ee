import { TenureError } from "../../errors/index.ts";
import type { Runtime } from "../../runtime/index.ts";
import type { RegistryCapabilities } from "../contract/index.ts";
import { registryClosed } from "../rules/index.ts";
import {
  type RunOptions,
  setSign,
  type SqlDriver,
  type SqlRow,
  type SqlValue,
  type SqlWork,
  type WorkKind,
} from "../sql/index.ts";
import { NoticeChanges } from "./changes.ts";
import {
  connectUrl,
  keepClient,
  type LastingClient,
  type OwnedConnections,
  type PostgresClient,
  type PostgresPool,
  type PostgresPoolClient,
  query,
} from "./client.ts";
import { PostgresDialect } from "./dialect.ts";
import { isStaleName, judge, postgresFailure } from "./failures.ts";
import { checkOptions, DEFAULT_RETRY_MS, type PostgresRegistryOptions } from "./options.ts";
import { Session } from "./session.ts";
import { SessionLife } from "./session-life.ts";
import { StatementNames } from "./statement-names.ts";

/** How far one attempt came: from `mayHaveHappened` on nobody knows the outcome if the connection goes. */
interface Progress {
  mayHaveHappened: boolean;
  /** A statement had a name. */
  isNamed: boolean;
}

const MAX_PAUSE_MS = 200;
/** Longest that closing keeps the process alive. */
const CLOSE_TIMEOUT_MS = 10_000;

/**
 * Statements over a pool. Outside of the one lasting connection nothing relies on the session: no settings, no search path, and names of statements only while that connection shows that sessions are real; every
 * transaction runs on the client on which it began, and every other statement on any.
 */
export class PostgresDriver implements SqlDriver {
  readonly dialect: PostgresDialect;
  readonly capabilities: RegistryCapabilities = { sharedBy: "network", durable: true };
  readonly changes: NoticeChanges;
  readonly life: SessionLife;
  readonly #options: PostgresRegistryOptions;
  readonly #runtime: Runtime;
  readonly #session: Session | undefined;
  readonly #names: StatementNames;
  #owned: Promise<OwnedConnections> | undefined;
  #isClosed = false;

  constructor(options: PostgresRegistryOptions, runtime: Runtime) {
    this.dialect = new PostgresDialect(checkOptions(options), options.clock);
    this.#options = options;
    this.#runtime = runtime;
    if ("pool" in options) options.pool.on?.("connect", this.#guard);
    this.#session = (options.sessions ?? "url" in options) ? this.#makeSession() : undefined;
    const session = this.#session;
    // With a clock of the test's own the time stands in every statement: each would have a name.
    this.#names = new StatementNames(() => session?.isUp === true && options.clock === undefined);
    this.changes = new NoticeChanges(
      runtime,
      () => session?.isUp === true,
      () => void session?.start(),
    );
    this.life = new SessionLife({
      runtime,
      dialect: this.dialect,
      session,
      read: (text, values) => this.run(() => one(text, values), { kind: "read", isRepeatable: true }),
      setSign: async (processId, sign) => {
        await this.run(() => setSign(this.dialect, processId, sign), { kind: "statement", isRepeatable: true });
      },
    });
  }

  async open(setUp: () => SqlWork<void>): Promise<void> {
    await this.run(setUp, { kind: "transaction", isRepeatable: true });
  }

  async run<Result>(
    work: () => SqlWork<Result>,
    { kind, isRepeatable = kind === "read" }: RunOptions,
  ): Promise<Result> {
    const deadline = this.#runtime.monotonic() + (this.#options.retryMs ?? DEFAULT_RETRY_MS);
    for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      if (this.#isClosed) throw registryClosed();
      const progress: Progress = { mayHaveHappened: false, isNamed: false };
      try {
        return await this.#attempt(work, kind, progress);
      } catch (error) {
        if (error instanceof TenureError) throw error;
        const verdict = judge(error);
        const isStale = progress.isNamed && isStaleName(error);
        if (isStale) this.#names.stop();
        const canRepeat =
          isStale || verdict === "conflict" || (verdict === "lost" && (isRepeatable || !progress.mayHaveHappened));
        if (!canRepeat || this.#runtime.monotonic() >= deadline) throw postgresFailure(error);
      }
      await this.#runtime.sleep(pauseMs * (0.5 + this.#runtime.random()));
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    // Idle connections do not keep the process alive, so one that awaits only this would end before it was done.
    const done = new AbortController();
    const alive = this.#runtime.sleep(CLOSE_TIMEOUT_MS, { signal: done.signal }).catch(() => undefined);
    try {
      await this.#session?.close();
      if ("pool" in this.#options) this.#options.pool.removeListener?.("connect", this.#guard);
      // A pool that could not be made has nothing to end.
      const owned = await this.#owned?.catch(() => undefined);
      await owned?.end();
    } finally {
      done.abort();
      await alive;
    }
  }

  /**
   * The server may greet a client of the caller's pool and end it in one packet: its error then comes before whoever asked for it can listen. Only so long
   * the error is heard here; later it is a matter of who has the client.
   */
  readonly #guard = (client: PostgresClient): void => {
    client.on("error", ignore);
    this.#runtime.setTimer(0, () => client.removeListener("error", ignore));
  };

  #makeSession(): Session {
    return new Session({
      runtime: this.#runtime,
      channel: this.dialect.channel,
      connect: () => this.#connectLasting(),
      onNotice: (topic) => this.changes.onNotice(topic),
      onUp: (client) => this.life.onUp(client),
      onDown: () => this.life.onDown(),
    });
  }

  async #connectLasting(): Promise<LastingClient> {
    if ("pool" in this.#options) return await keepClient(this.#options.pool);
    return await (await this.#connections(this.#options)).connectLasting();
  }

  async #pool(): Promise<PostgresPool> {
    return "pool" in this.#options ? this.#options.pool : (await this.#connections(this.#options)).pool;
  }

  #connections(options: Parameters<typeof connectUrl>[0]): Promise<OwnedConnections> {
    this.#owned ??= connectUrl(options);
    return this.#owned;
  }

  async #attempt<Result>(work: () => SqlWork<Result>, kind: WorkKind, progress: Progress): Promise<Result> {
    const client = await (await this.#pool()).connect();
    // A client that loses its connection between two statements says so by an event, which would end the process if nobody listened.
    client.on("error", ignore);
    let isBroken = false;
    try {
      if (kind === "transaction") return await this.#transaction(client, work(), progress);
      progress.mayHaveHappened = kind === "statement";
      return await this.#drive(client, work(), progress);
    } catch (error) {
      isBroken = !(error instanceof TenureError) && judge(error) === "lost";
      throw error;
    } finally {
      release(client, isBroken);
    }
  }

  async #transaction<Result>(client: PostgresClient, work: SqlWork<Result>, progress: Progress): Promise<Result> {
    await query(client, "BEGIN ISOLATION LEVEL READ COMMITTED");
    try {
      const result = await this.#drive(client, work, progress);
      progress.mayHaveHappened = true;
      await query(client, "COMMIT");
      return result;
    } catch (error) {
      // On a lost connection the server rolls back by itself.
      if (error instanceof TenureError || judge(error) !== "lost") await query(client, "ROLLBACK");
      throw error;
    }
  }

  async #drive<Result>(client: PostgresClient, work: SqlWork<Result>, progress: Progress): Promise<Result> {
    let step = work.next([]);
    while (step.done !== true) {
      const { text, values } = step.value;
      const name = this.#names.of(text);
      progress.isNamed ||= name !== undefined;
      step = work.next(await query(client, text, values, name));
    }
    return step.value;
  }
}

function* one(text: string, values: readonly SqlValue[]): SqlWork<SqlRow | undefined> {
  const rows = yield { text, values };
  return rows[0];
}

function release(client: PostgresPoolClient, isBroken: boolean): void {
  client.removeListener("error", ignore);
  client.release(isBroken);
}

function ignore(): void {
  // The statement that runs, or the next one, fails with the same error.
}
