import { TenureError } from "../../errors/index.ts";
import type { ModelResponse } from "../../services/contract/index.ts";
import { converse, type Exchange } from "./converse.ts";
import type { RunScope, RunTarget } from "./run-scope.ts";
import { repairedTarget } from "./target.ts";

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;

/**
 * Asks the question, and asks once more where the service refused it for a reason that passes: it has lost the agent or the conversation (made anew, each
 * only once), or it is still at work on an answer that an earlier run did not wait for (waited for, as long as for another process). Never once
 * anything was produced: a run that has spoken or called a tool is not repeated.
 */
export async function askAndRepair(exchange: Exchange, first: RunTarget): Promise<ModelResponse> {
  const { run } = exchange;
  const repairs = new Repairs(exchange);
  run.target = first;
  for (;;) {
    try {
      return await converse(exchange, run.target ?? first);
    } catch (thrown) {
      const error = TenureError.from(thrown);
      if (run.tally.produced || run.tally.modelCalls > 0 || !(await repairs.try(error))) throw error;
    }
  }
}

/** What was tried already in one run. */
class Repairs {
  readonly #exchange: Exchange;
  readonly #busyUntil: number;
  readonly #tried = new Set<string>();
  #waitMs = FIRST_WAIT_MS;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    const { manager, sessionWaitMs } = exchange.run.settings;
    this.#busyUntil = manager.runtime.monotonic() + sessionWaitMs;
  }

  /** Whether the question may be asked again. */
  async try({ code }: TenureError): Promise<boolean> {
    if (code === "session_busy") return this.#wait();
    if (this.#tried.has(code)) return false;
    this.#tried.add(code);
    const { run, source, session } = this.#exchange;
    if (code === "agent_not_found" && run.target !== undefined) {
      run.target = await repairedTarget(run, source, run.target);
      return true;
    }
    if (code !== "session_not_found") return false;
    await session.forgetConversation("session.lost");
    run.notice(
      "conversation_lost",
      "The service did not know the session's conversation any more; a new one was begun.",
    );
    return true;
  }

  async #wait(): Promise<boolean> {
    const run: RunScope = this.#exchange.run;
    const { runtime } = run.settings.manager;
    if (runtime.monotonic() + this.#waitMs > this.#busyUntil) return false;
    await runtime.sleep(this.#waitMs, { signal: run.signal });
    this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS);
    return true;
  }
}
