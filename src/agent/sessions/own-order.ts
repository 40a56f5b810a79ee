import type { AgentSettings } from "../agent-settings.ts";
import { enterQueue } from "./session-queue.ts";

/**
 * Has the work done in its turn among all that one object does with its session. With a shared agent (whose name the work is given) the session's own
 * queue sees to that, if the work enters it before it waits for anything else. The name of an agent of the object's own is known only once it was made,
 * so there the object's work is queued here, before anybody asks for the name.
 */
export async function inOwnOrder<Result>(
  settings: AgentSettings,
  signal: AbortSignal,
  work: (sharedName: string | undefined) => Promise<Result>,
): Promise<Result> {
  if (settings.reuseAgent) return work(settings.agentName);
  const leave = await enterQueue(settings, "session", signal);
  try {
    return await work(undefined);
  } finally {
    leave();
  }
}
