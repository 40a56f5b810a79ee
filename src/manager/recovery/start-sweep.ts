import { TenureError } from "../../errors/index.ts";
import type { ProtocolContext } from "../protocol/context.ts";
import { recoverScope } from "./recover-scope.ts";

/** The sweep that a manager runs once after it has opened (`recoverOnStart`). Nobody waits for it; what comes of it is an event. */
export class StartSweep {
  readonly #controller = new AbortController();
  #running: Promise<void> | undefined;

  /** Begins it. Never rejects. */
  begin(context: ProtocolContext): void {
    this.#running ??= this.#run(context);
  }

  /** Ends it with the reason, and resolves when it is over. */
  async end(reason: TenureError): Promise<void> {
    this.#controller.abort(reason);
    await this.#running;
  }

  async #run(context: ProtocolContext): Promise<void> {
    try {
      const { adopted, duplicatesRemoved, missing, busy, failed } = await recoverScope(context, {
        signal: this.#controller.signal,
      });
      context.emit({ type: "recovery.swept", adopted, duplicatesRemoved, missing, busy, failed: failed.length });
    } catch (thrown) {
      const { code, message } = TenureError.from(thrown);
      context.emit({ type: "recovery.failed", code, message });
    }
  }
}
