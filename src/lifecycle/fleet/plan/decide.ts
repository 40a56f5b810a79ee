import { type DefinitionChange, diffDefinitions, type JsonObject } from "../../../config/index.ts";
import type { TenureErrorCode } from "../../../errors/index.ts";
import { differenceFrom, isOurStamp, pinnedOf } from "../../../manager/index.ts";
import type { Fleet, FleetAgent } from "../fleet.ts";
import type { Seen } from "./observe.ts";
import type { PlanAction, PlanKind } from "./plan.ts";

/** What is to be done about a declared agent; `undefined` if it is as the file says. */
export function decide(fleet: Fleet, agent: FleetAgent, seen: Seen): PlanAction | undefined {
  const { remote, current } = seen;
  const stamp = remote?.latest.stamp;
  const isOurs: boolean = isOurStamp(stamp, seen.key);
  if (stamp !== undefined && !isOurs) {
    const owner = `agent "${stamp.agentName}" of scope "${stamp.scope}"`;
    const code = stamp.scope === seen.key.scope ? "name_collision" : "scope_conflict";
    return action(fleet, agent, seen, { kind: "blocked", reason: `In the service it belongs to ${owner}.`, code });
  }
  if (current === undefined) return decideUnknown(fleet, agent, seen);
  return decideKnown(fleet, agent, seen);
}

/** The registry knows no live revision. */
function decideUnknown(fleet: Fleet, agent: FleetAgent, seen: Seen): PlanAction {
  const { remote } = seen;
  if (remote === undefined)
    return action(fleet, agent, seen, { kind: "create", reason: "The service has no such agent." });
  const { stamp, definition } = remote.latest;
  const wanted = agent.normal.definition;
  if (stamp?.fingerprint === agent.normal.fingerprint) {
    return action(fleet, agent, seen, {
      kind: "adopt",
      reason: "The service has it with our stamp; the registry lost it.",
    });
  }
  if (stamp !== undefined) {
    const reason = "The service has it with our stamp and another configuration; the registry lost it.";
    return action(fleet, agent, seen, { kind: "update", reason, difference: diffDefinitions(definition, wanted) });
  }
  return decideUnmanaged(fleet, agent, { seen, held: definition });
}

/** Nobody's stamp is on it: the policy says what may be done, as it does when the agent is resolved. */
function decideUnmanaged(
  fleet: Fleet,
  agent: FleetAgent,
  found: { readonly seen: Seen; readonly held: JsonObject },
): PlanAction {
  const { seen, held } = found;
  const { unmanaged } = agent;
  const difference = differenceFrom(agent.normal.definition, held);
  const made = "The service has an agent of this name that Tenure did not make";
  if (unmanaged === "take-over") {
    const reason = `${made}; it gets a new version (unmanaged: take-over).`;
    return action(fleet, agent, seen, {
      kind: "update",
      reason,
      difference: diffDefinitions(held, agent.normal.definition),
    });
  }
  if (unmanaged === "adopt" || (unmanaged === "adopt-if-equal" && difference.length === 0)) {
    const how = difference.length === 0 ? "it is equal" : "it is used as it is (unmanaged: adopt)";
    return action(fleet, agent, seen, { kind: "adopt", reason: `${made}; ${how}.`, difference });
  }
  const reason = `${made}, and \`unmanaged\` is "${unmanaged}".`;
  return action(fleet, agent, seen, { kind: "blocked", reason, difference, code: "agent_unmanaged" });
}

/** The registry knows a live current revision. */
function decideKnown(fleet: Fleet, agent: FleetAgent, seen: Seen): PlanAction | undefined {
  const { record, wanted, current, drift } = seen;
  const { fingerprint, definition } = agent.normal;
  if (drift.length > 0 && agent.drift === "fail") {
    const difference = drift.flatMap((observation) => observation.difference);
    const reason = `Somebody changed it in the service (${sourcesOf(seen).join(", ")}), and \`drift\` is "fail".`;
    return action(fleet, agent, seen, { kind: "blocked", reason, difference, code: "agent_drifted" });
  }
  const pinned = record === undefined ? undefined : pinnedOf(record.settings);
  const isHeldElsewhere = pinned !== undefined && pinned !== fingerprint;
  if (record?.current !== fingerprint && !(isHeldElsewhere && wanted !== undefined)) {
    const difference = diffDefinitions(current?.definition ?? {}, definition);
    return action(fleet, agent, seen, { kind: "update", reason: updateReason(seen, isHeldElsewhere), difference });
  }
  if (drift.length > 0) return decideDrift(fleet, agent, seen);
  const settings = action(fleet, agent, seen, { kind: "settings", reason: "" });
  const names = [...Object.keys(settings.settings), ...settings.aliases.map(({ alias }) => `alias ${alias}`)];
  if (names.length === 0) return undefined;
  const other = record?.settings["fleet"];
  const from = typeof other === "string" && other !== fleet.name ? ` It was of the fleet "${other}".` : "";
  return { ...settings, reason: `Differs: ${names.join(", ")}.${from}` };
}

function updateReason({ wanted, drift }: Seen, isHeldElsewhere: boolean): string {
  const also =
    drift.length === 0 ? "" : ` It was also changed in the service (${drift.map(({ source }) => source).join(", ")}).`;
  if (isHeldElsewhere)
    return `Its configuration differs. It is pinned: the new revision does not become current.${also}`;
  if (wanted !== undefined) return `Another revision is current; that of the file exists and becomes current.${also}`;
  return `Its configuration differs.${also}`;
}

function decideDrift(fleet: Fleet, agent: FleetAgent, seen: Seen): PlanAction {
  const sources = sourcesOf(seen);
  // What the file declares shall be there: only its loss is mended whatever the policy says.
  const policy = sources.includes("deleted") ? "revert" : (agent.drift ?? "report");
  const difference: DefinitionChange[] = seen.drift.flatMap((observation) => observation.difference);
  const reason = `Somebody changed it in the service: ${sources.join(", ")} (drift: ${policy}).`;
  return { ...action(fleet, agent, seen, { kind: "drift", reason, difference }), drift: { policy, sources } };
}

function sourcesOf({ drift }: Seen): readonly Seen["drift"][number]["source"][] {
  return [...new Set(drift.map(({ source }) => source))];
}

interface Decision {
  readonly kind: PlanKind;
  readonly reason: string;
  readonly difference?: readonly DefinitionChange[];
  readonly code?: TenureErrorCode;
}

function action(fleet: Fleet, agent: FleetAgent, seen: Seen, decision: Decision): PlanAction {
  const { kind, reason, difference = [], code } = decision;
  const { fingerprint } = agent.normal;
  const moves = agent.aliases.filter((alias) => seen.aliases.get(alias)?.fingerprint !== fingerprint);
  return {
    agentName: agent.name,
    serviceName: seen.serviceName,
    kind,
    reason,
    fingerprint,
    before: seen.record?.current,
    difference,
    aliases: moves.map((alias) => ({
      alias,
      before: seen.aliases.get(alias)?.fingerprint,
      moves: seen.aliases.get(alias)?.moves ?? 0,
    })),
    settings: settingsOf(fleet, agent, seen),
    drift: undefined,
    retire: undefined,
    code,
    basis: basisOf(seen),
  };
}

/** What the record shall say beside the configuration. What the file does not mention is left as it is. */
function settingsOf(fleet: Fleet, { owner, purpose, drift }: FleetAgent, { record }: Seen): JsonObject {
  const wanted: JsonObject = { fleet: fleet.name, owner, purpose, drift };
  const differing = Object.entries(wanted).filter(
    ([name, value]) => value !== undefined && record?.settings[name] !== value,
  );
  const retired = record?.settings["retired"] === undefined ? [] : [["retired", null] as const];
  return Object.fromEntries([...differing, ...retired]);
}

function basisOf({ record, remote, wanted, aliases }: Seen): string {
  const moves = [...aliases.values()].map(({ alias, moves }) => [alias, moves]);
  const latest = remote === undefined ? null : [remote.latest.ref.id, remote.state];
  return JSON.stringify([record?.current ?? null, wanted?.state ?? null, latest, moves]);
}
