import { TenureError, throwIfAborted } from "../../errors/index.ts";
import { claimNow, Deadline, type ManagerCore } from "../../manager/index.ts";
import { type AgentKey, agentResource } from "../../registry/contract/index.ts";
import type { LeasedWork } from "../under-lease.ts";

/**
 * Runs the body under the agent's lease, or gives `undefined` at once when somebody living has it: what is being changed is not looked at now.
 * Rejects with what the body rejects with, `timeout` or `aborted`.
 */
export async function tryUnderLease<Result>(
  core: ManagerCore,
  params: { readonly key: AgentKey; readonly signal: AbortSignal | undefined },
  body: (work: LeasedWork) => Promise<Result>,
): Promise<Result | undefined> {
  const { key, signal } = params;
  throwIfAborted(signal);
  using deadline = new Deadline(core.options.runtime, core.options.timeoutMs);
  const onAbort = (): void => deadline.abort(TenureError.from(signal?.reason, "aborted"));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const held = await claimNow(core, agentResource(key), key.name);
    if (held === undefined) return undefined;
    try {
      return await body({ core, key, held, deadline, signal: deadline.signal });
    } finally {
      await held.release();
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}
