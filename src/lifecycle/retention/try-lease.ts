import { throwIfAborted } from "../../errors/index.ts";
import { claimNow, type ManagerCore } from "../../manager/index.ts";
import { type AgentKey, agentResource } from "../../registry/contract/index.ts";
import type { LeasedWork } from "../under-lease.ts";

/**
 * Runs the body under the agent's lease, or gives `undefined` at once when somebody living has it: what is being changed is not looked at now.
 * The manager waits for it when it closes. Rejects with what the body rejects with, `timeout`, `aborted` or `closed`.
 */
export async function tryUnderLease<Result>(
  core: ManagerCore,
  params: { readonly key: AgentKey; readonly signal: AbortSignal | undefined },
  body: (work: LeasedWork) => Promise<Result>,
): Promise<Result | undefined> {
  const { key, signal } = params;
  throwIfAborted(signal);
  return core.work.withDeadline(signal, async (deadline) => {
    const held = await claimNow(core, agentResource(key), key.name, deadline.signal);
    if (held === undefined) return undefined;
    try {
      return await body({ core, key, held, deadline, signal: deadline.signal });
    } finally {
      await held.release();
    }
  });
}
