import { TenureError } from "../../errors/index.ts";
import type { Runtime, Timer } from "../../runtime/index.ts";
import { type LastingClient, query } from "./client.ts";

/** What the lasting connection needs from its surroundings. */
export interface SessionOptions {
  readonly runtime: Runtime;
  readonly channel: string;
  readonly connect: () => Promise<LastingClient>;
  /** A notification came; `undefined`: some may have been missed. */
  readonly onNotice: (topic: string | undefined) => void;
  /** The connection is up, for the first time or again; gives what only this connection can do. */
  readonly onUp: (client: LastingClient["client"]) => Promise<void>;
  /** The connection went down. */
  readonly onDown: () => void;
}

const PROOF_TIMEOUT_MS = 2000;
/** Until a connection that heard nothing is tried again. */
const DEAF_PAUSE_MS = 60_000;
const MIN_PAUSE_MS = 10;
const MAX_PAUSE_MS = 5000;

/**
 * The one lasting connection: idle until wanted, then up, and up again whenever it goes down.
 * It first proves that what it is told reaches it: behind a proxy that pools transactions it would wait for nothing and leave its locks behind.
 * If it does not, whoever waits polls, and it is tried again only now and then: a server that is busy may be slow to tell, a proxy stays a proxy.
 */
export class Session {
  readonly #options: SessionOptions;
  #state: "idle" | "connecting" | "up" | "closed" = "idle";
  #lasting: LastingClient | undefined;
  #ready: Promise<void> = Promise.resolve();
  #retry: Timer | undefined;
  #proof: { readonly token: string; readonly pass: () => void } | undefined;
  #pauseMs = MIN_PAUSE_MS;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#state === "up";
  }

  /** The client, while it is up. */
  get client(): LastingClient["client"] | undefined {
    return this.isUp ? this.#lasting?.client : undefined;
  }

  /** Begins to connect if nobody did; resolves when the first try is over, well or badly. Never rejects: everything works without, only slower. */
  start(): Promise<void> {
    if (this.#state === "idle") this.#ready = this.#connect();
    return this.#ready;
  }

  async close(): Promise<void> {
    this.#state = "closed";
    this.#retry?.cancel();
    this.#proof?.pass();
    await this.#ready;
    await this.#drop();
  }

  async #connect(): Promise<void> {
    this.#state = "connecting";
    try {
      const lasting = await this.#options.connect();
      this.#lasting = lasting;
      lasting.client.on("error", () => this.#onLost(lasting));
      lasting.client.on("end", () => this.#onLost(lasting));
      lasting.client.on("notification", ({ payload = "" }) => this.#onNotice(payload));
      const isHeard = await this.#prove(lasting);
      if (this.#isClosed()) return await this.#drop();
      if (!isHeard && this.#lasting === lasting) return await this.#giveUp();
      await this.#takeUp(lasting);
    } catch {
      await this.#drop();
      this.#tryLater();
    }
  }

  /** The connection may go while what only it can do is being done: then that is taken back, and another is tried. */
  async #takeUp(lasting: LastingClient): Promise<void> {
    try {
      if (this.#lasting === lasting) await this.#options.onUp(lasting.client);
      if (this.#lasting !== lasting) throw new TenureError("registry_unavailable", "The connection went at once.");
    } catch (thrown) {
      this.#options.onDown();
      throw thrown;
    }
    if (!this.#isClosed()) this.#onUp();
  }

  // A method, because the compiler does not see that others change the state while this one awaits.
  #isClosed(): boolean {
    return this.#state === "closed";
  }

  #onUp(): void {
    this.#state = "up";
    this.#pauseMs = MIN_PAUSE_MS;
    this.#options.onNotice(undefined);
  }

  /** Sends itself a notification and waits for it. */
  async #prove({ client }: LastingClient): Promise<boolean> {
    const { runtime, channel } = this.#options;
    const token = runtime.newId();
    await query(client, `LISTEN "${channel}"`);
    return await new Promise<boolean>((resolve, reject) => {
      const timer = runtime.setTimer(PROOF_TIMEOUT_MS, () => resolve(false));
      const pass = (): void => {
        timer.cancel();
        resolve(true);
      };
      this.#proof = { token, pass };
      query(client, "SELECT pg_notify($1, $2) AS told", [channel, token]).catch(reject);
    });
  }

  #onNotice(payload: string): void {
    if (payload === this.#proof?.token) this.#proof.pass();
    else this.#options.onNotice(payload);
  }

  async #giveUp(): Promise<void> {
    await this.#drop();
    this.#tryLater(DEAF_PAUSE_MS);
  }

  #onLost(lasting: LastingClient): void {
    if (this.#lasting !== lasting) return;
    const wasUp = this.isUp;
    void this.#drop();
    // Nobody is told any more: whoever waits for the proof need not.
    this.#proof?.pass();
    if (!wasUp) return;
    this.#options.onDown();
    this.#tryLater(0);
  }

  #tryLater(pauseMs: number = this.#pauseMs * (0.5 + this.#options.runtime.random())): void {
    if (this.#isClosed()) return;
    this.#state = "connecting";
    this.#pauseMs = Math.min(this.#pauseMs * 2, MAX_PAUSE_MS);
    this.#retry = this.#options.runtime.setTimer(pauseMs, () => {
      this.#ready = this.#connect();
    });
  }

  async #drop(): Promise<void> {
    const lasting = this.#lasting;
    this.#lasting = undefined;
    // Ending what is broken already may fail, and changes nothing.
    await lasting?.end().catch(() => undefined);
  }
}
