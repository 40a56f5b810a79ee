import type { ServiceCapabilities } from "../../services/contract/index.ts";
import type { ProtocolContext } from "./context.ts";

/** Most versions of an agent, for a service that has a limit and does not say so. */
const UNSAID_VERSIONS = 1_000;

/** From which percent of a limit on it is told, and from which cleanup acts, where no policy says otherwise. */
export const LIMIT_LINES = { warnAt: 70, actAt: 85 } as const;

/** Most live versions of one agent in the service; `undefined` where each revision is an agent of its own. */
export function mostVersionsOf({ versions, maxVersions = UNSAID_VERSIONS }: ServiceCapabilities): number | undefined {
  return versions ? maxVersions : undefined;
}

/** Tells of an agent that has so many versions now, if these come near the limit. Whoever makes one has just counted them: it costs nothing. */
export function tellIfNear(context: ProtocolContext, agentName: string, used: number): void {
  const most = mostVersionsOf(context.options.service.capabilities);
  if (most === undefined || used * 100 < most * LIMIT_LINES.warnAt) return;
  const level = used * 100 >= most * LIMIT_LINES.actAt ? "act" : "warn";
  context.emit({ type: "limit.near", agentName, limit: "versions", used, most, level });
}
