import type { TenureErrorCode } from "../../src/errors/index.ts";
import { isCalm, type Settings } from "./settings.ts";

/** What a policy of the caller or another owner may answer, also when nothing goes wrong. */
const BY_RULE: readonly TenureErrorCode[] = [
  "agent_unmanaged",
  "scope_conflict",
  "name_collision",
  "change_forbidden",
  "agent_not_found",
];
/** What the lifecycle may answer to an order that cannot be followed now. */
const BY_ORDER: readonly TenureErrorCode[] = [
  "revision_not_found",
  "alias_conflict",
  "agent_protected",
  "agent_drifted",
  "service_refused",
  "cleanup_stopped",
];
/** What faults may lead to. */
const BY_FAULT: readonly TenureErrorCode[] = [
  "forbidden",
  // A stale list shows somebody else's version, or a read fails, where the last version was refused.
  "service_refused",
  "service_conflict",
  "service_throttled",
  "service_unavailable",
  "registry_unavailable",
  "lease_lost",
  "timeout",
];

/** The codes with which a call may end in this run; `internal` and whatever tells of bad input are never among them. */
export function allowedErrors(settings: Settings): ReadonlySet<TenureErrorCode> {
  const byOrder = settings.kind === "protocol" ? [] : BY_ORDER;
  return new Set([...BY_RULE, ...byOrder, ...(isCalm(settings) ? [] : BY_FAULT)]);
}
