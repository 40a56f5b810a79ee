import {
  type DefinitionChange,
  diffDefinitions,
  formatDiff,
  type JsonObject,
  type JsonValue,
  sortTools,
} from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import type { RemoteRevision } from "../../services/contract/index.ts";
import type { Target } from "./target.ts";

/** What is to be done with an agent that nobody stamped. */
export type UnmanagedDecision = "use-as-is" | "write-new-revision";

/** Applies the caller's policy. Rejects with `agent_unmanaged`, the difference in message and details. */
export function decideUnmanaged(target: Target, latest: RemoteRevision): UnmanagedDecision {
  const { unmanaged, serviceName } = target;
  if (unmanaged === "take-over") return "write-new-revision";
  if (unmanaged === "adopt") return "use-as-is";
  const difference = differenceFrom(target.config.definition, latest.definition);
  if (unmanaged === "adopt-if-equal" && difference.length === 0) return "use-as-is";
  const reason =
    difference.length === 0
      ? "It equals the configuration."
      : `It differs from the configuration:\n${formatDiff(difference)}`;
  throw new TenureError(
    "agent_unmanaged",
    `The service has an agent "${serviceName}" that Tenure did not make. ${reason}`,
    {
      details: { serviceName, remote: latest.ref, difference },
    },
  );
}

/** Members that the service's specification declares with a default: an agent that was made without them may show them. */
const SERVICE_DEFAULTS: ReadonlyMap<string, readonly JsonValue[]> = new Map<string, readonly JsonValue[]>([
  ["temperature", [1]],
  ["top_p", [1]],
  ["instructions", ["", null]],
  ["reasoning", [null]],
  ["text", [null]],
  ["tool_choice", ["auto", null]],
]);

/** What sets the service's definition apart from the wanted one; defaults that the service filled in do not count, nor does the order of tools. */
export function differenceFrom(wanted: JsonObject, held: JsonObject): readonly DefinitionChange[] {
  return diffDefinitions(wanted, comparable(held, wanted));
}

function comparable(held: JsonObject, wanted: JsonObject): JsonObject {
  const members: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(held)) {
    if (value === undefined) continue;
    if (wanted[name] === undefined && isServiceDefault(name, value)) continue;
    members[name] = name === "tools" && Array.isArray(value) ? sortTools(value) : value;
  }
  return members;
}

function isServiceDefault(name: string, value: JsonValue): boolean {
  if (name === "tools" || name === "structured_inputs") return isEmpty(value);
  return SERVICE_DEFAULTS.get(name)?.includes(value) ?? false;
}

function isEmpty(value: JsonValue): boolean {
  return value === null || (typeof value === "object" && Object.keys(value).length === 0);
}
