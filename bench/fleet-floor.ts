import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

interface BareAnswer {
  readonly status: number;
  readonly waitMs: number;
}

/** What applying a fleet sends for an agent, and nothing else: no record, no lease, no look at what came back but its status. */
export class BareClient implements Disposable {
  readonly #endpoint: string;
  readonly #agent: Agent;

  constructor(endpoint: string, parallel: number) {
    this.#endpoint = endpoint;
    this.#agent = new Agent({ keepAlive: true, maxSockets: parallel });
  }

  /** Asks whether it is there and makes it; after a refused write asks again, as Tenure does. */
  async create(name: string): Promise<void> {
    const metadata = {
      tenure_scope: "default",
      tenure_agent: name,
      tenure_fingerprint: "v1:".padEnd(67, "0"),
      tenure_intent: crypto.randomUUID(),
    };
    const definition = { kind: "prompt", model: "gpt-4.1", instructions: `I am ${name}.` };
    for (;;) {
      await this.send("GET", `/agents/${name}`);
      const { status, waitMs } = await this.#once(
        "POST",
        `/agents/${name}/versions`,
        JSON.stringify({ metadata, definition }),
      );
      if (status === 200) return;
      if (status !== 429) throw new Error(`Creating ${name} gave ${status}.`);
      await sleep(waitMs);
    }
  }

  /** One request, again while it is throttled. */
  async send(method: string, path: string): Promise<void> {
    for (;;) {
      const { status, waitMs } = await this.#once(method, path);
      if (status !== 429) return;
      await sleep(waitMs);
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #once(method: string, path: string, body?: string): Promise<BareAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<BareAnswer>();
    const headers = { authorization: "Bearer bench", accept: "application/json", "content-type": "application/json" };
    const sent = request(
      `${this.#endpoint}${path}?api-version=v1`,
      { method, headers, agent: this.#agent },
      (answer) => {
        answer.on("error", reject).on("end", () => {
          resolve({ status: answer.statusCode ?? 0, waitMs: Number(answer.headers["retry-after-ms"] ?? 0) });
        });
        answer.resume();
      },
    );
    sent.on("error", reject);
    sent.end(body);
    return promise;
  }
}
