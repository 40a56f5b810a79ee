import { createLlmops, type Llmops } from "../llmops/index.ts";
import type { AgentManager } from "../manager/index.ts";

const made = new WeakMap<AgentManager, Llmops>();
const observed = new WeakSet<AgentManager>();

/**
 * What stands around the runs of a manager's agents when their options say nothing: one set per manager, with the limits that the environment named when
 * the first agent was made. What it buffers is written before the manager closes.
 */
export function defaultStages(manager: AgentManager): Llmops["stages"] {
  return defaultLlmops(manager).stages;
}

/**
 * Lifecycle metrics of a manager from its first agent on that leaves telemetry to the default. Not for agents with a telemetry of their own: its owner
 * observes the manager, and two observations count everything twice. Without an OpenTelemetry SDK nothing listens and nothing is spent.
 */
export function observeByDefault(manager: AgentManager): void {
  if (observed.has(manager)) return;
  observed.add(manager);
  const observing = defaultLlmops(manager)
    .observe(manager)
    // Metrics that nobody asked for by name are nobody's failure; a run is not held up by them.
    .catch(() => undefined);
  manager.onClose(async () => (await observing)?.stop());
}

/**
 * The parts behind `defaultStages`: budgets that tell how full they are, prices that were not known. Reads the environment's limits when it is the first
 * to ask, and rejects wrong ones with `invalid_option`.
 */
export function defaultLlmops(manager: AgentManager): Llmops {
  const known = made.get(manager);
  if (known !== undefined) return known;
  const llmops = createLlmops();
  manager.onClose(() => llmops.flush(manager.registry));
  made.set(manager, llmops);
  return llmops;
}
