import { TenureError } from "../../errors/index.ts";
import { auditEvent, type ManagerCore } from "../../manager/index.ts";
import type { AgentKey, AgentRecord, RevisionRecord } from "../../registry/contract/index.ts";
import { type LeasedWork, type LifecycleCallOptions, underLease } from "../under-lease.ts";

/** Pauses between tries in milliseconds: saying where the endpoint shall point is safe to repeat. */
const RETRY_MS = [0, 100, 500, 2_000] as const;

/** Which version the agent's own endpoint was pinned to last; absent if it never was. */
export function routedVersion(agent: Pick<AgentRecord, "settings">): string | undefined {
  const { endpointVersion } = agent.settings;
  return typeof endpointVersion === "string" ? endpointVersion : undefined;
}

/**
 * Lets the agent's own endpoint in the service answer with the revision, so that callers who know only the name get what is current, and a new version
 * does not change what they get before it is. `onlyIfRouted`: leave an endpoint alone that was never pinned.
 *
 * Rejects with `invalid_option` if the service has no such endpoints, or with the service's error.
 */
export async function routeEndpoint(
  work: LeasedWork,
  params: { readonly agent: AgentRecord; readonly revision: RevisionRecord; readonly onlyIfRouted: boolean },
): Promise<void> {
  const { core, key, held } = work;
  const { agent, revision } = params;
  const { remote } = revision;
  const before = routedVersion(agent);
  if (before === undefined && params.onlyIfRouted) return;
  if (before !== undefined && before === remote.version) return;
  await pinInService(work, revision);
  const data = {
    cause: "pinEndpoint",
    before: before ?? null,
    after: remote.version ?? null,
    fingerprint: revision.fingerprint,
  };
  await core.options.registry.agents.update({
    lease: held.lease,
    key,
    settings: { endpointVersion: remote.version ?? null },
    events: [auditEvent(core, { type: "endpoint.pinned", key, data })],
  });
  core.emit({ type: "endpoint.pinned", agentName: key.name, remote });
}

/** Brings the endpoint to the current revision. A failure is told as an event: the agent itself is unharmed, and the next look tries again. */
export async function followCurrent(
  core: ManagerCore,
  key: AgentKey,
  options: LifecycleCallOptions = {},
): Promise<boolean> {
  try {
    await underLease(core, { key, signal: options.signal }, async (work) => {
      const { agents } = core.options.registry;
      const agent = await agents.get({ key });
      if (agent?.current === undefined) return;
      const revision = await agents.getRevision({ key, fingerprint: agent.current });
      if (revision !== undefined) await routeEndpoint(work, { agent, revision, onlyIfRouted: false });
    });
    return true;
  } catch (thrown) {
    core.emit({ type: "endpoint.failed", agentName: key.name, message: TenureError.from(thrown).message });
    return false;
  }
}

async function pinInService({ core, key, signal }: LeasedWork, revision: RevisionRecord): Promise<void> {
  const { service, runtime } = core.options;
  if (service.endpoints === undefined) {
    throw new TenureError(
      "invalid_option",
      `The service ${key.location} has no endpoints of agents that could be pinned.`,
    );
  }
  let error: TenureError | undefined;
  for (const pause of RETRY_MS) {
    if (pause > 0) await runtime.sleep(pause, { signal });
    const outcome = await service.endpoints.pin({ ref: revision.remote, signal });
    if (outcome.kind === "ok") return;
    error = outcome.error;
    if (outcome.kind === "refused" || outcome.kind === "not-found") throw error;
    if (outcome.kind === "throttled" && outcome.retryAfterMs !== undefined)
      await runtime.sleep(outcome.retryAfterMs, { signal });
  }
  throw error ?? new TenureError("internal", "The endpoint was not asked.");
}
