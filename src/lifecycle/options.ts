import { TenureError } from "../errors/index.ts";
import type { ManagerOptions } from "../manager/index.ts";
import type { AgentService } from "../services/contract/index.ts";

/** What to do about an agent that is not in the service as we left it. */
export type DriftPolicy =
  /** Tell it as an event and in the report. The default. */
  | "report"
  /** What the service holds now is what is wanted from now on. */
  | "adopt"
  /** Bring back what was. */
  | "revert"
  /** Reject with `agent_drifted`. */
  | "fail";

const DRIFT_POLICIES: readonly string[] = ["report", "adopt", "revert", "fail"];

/** What the life after birth can be told. Everything has a default. */
export interface LifecycleOptions {
  /**
   * Keep the agent's own endpoint in the service on the current revision, so that callers who know only the name are not moved by every new version.
   * Default `false`: the service's own rule, the latest version.
   */
  readonly pinEndpoint?: boolean | undefined;
  /** For agents that have no policy of their own. Default `report`. */
  readonly drift?: DriftPolicy | undefined;
}

/** How a manager with everything after birth is made. Everything but `service` has a default. */
export interface ProductionAgentManagerOptions extends ManagerOptions, LifecycleOptions {}

/** The lifecycle's options with their defaults, and what is left for the core. Throws `invalid_option`. */
export function splitOptions(options: ProductionAgentManagerOptions): {
  readonly core: ManagerOptions;
  readonly lifecycle: { readonly pinEndpoint: boolean; readonly drift: DriftPolicy };
} {
  // Whatever is no object is the core's to refuse.
  if (typeof options !== "object" || options === null)
    return { core: options, lifecycle: { pinEndpoint: false, drift: "report" } };
  const { pinEndpoint = false, drift = "report", ...core } = options;
  if (typeof pinEndpoint !== "boolean") throw wrong("pinEndpoint", "true or false", pinEndpoint);
  assertDriftPolicy(drift, "drift");
  if (pinEndpoint) assertHasEndpoints(options.service);
  return { core, lifecycle: { pinEndpoint, drift } };
}

/** Throws `invalid_option` for what is no policy. */
export function assertDriftPolicy(policy: unknown, option: string): asserts policy is DriftPolicy {
  if (typeof policy === "string" && DRIFT_POLICIES.includes(policy)) return;
  throw wrong(option, `one of ${DRIFT_POLICIES.map((known) => `"${known}"`).join(", ")}`, policy);
}

function assertHasEndpoints(service: AgentService): void {
  if (service?.endpoints !== undefined) return;
  throw new TenureError("invalid_option", "`pinEndpoint` needs a service whose agents have endpoints of their own.");
}

function wrong(option: string, expectation: string, value: unknown): TenureError {
  return new TenureError(
    "invalid_option",
    `Expected \`${option}\` to be ${expectation}, got ${String(value)} (${typeof value}).`,
  );
}
