import { type JsonObject, parseDuration } from "../../config/index.ts";
import {
  assertObject,
  booleanOption,
  refuseUnknown,
  signalOption,
  textOption,
  wholeNumber,
  wrongOption,
} from "../../config/option-checks.ts";
import { TenureError, throwIfAborted } from "../../errors/index.ts";
import type { ManagerCore } from "../../manager/index.ts";
import type { EventRecord, Page, PageRequest, ProcessIdentity } from "../../registry/contract/index.ts";

/** One decision, as it is read. */
export interface AuditEvent {
  /** Grows in the order of commit. */
  readonly sequence: number;
  /** ISO 8601, by the actor's clock. */
  readonly at: string;
  /** `area.what`: `agent.created`, `revision.current`, `alias.moved`, `drift.found`, … */
  readonly type: string;
  readonly scope: string;
  readonly agentName: string | undefined;
  /** The process that decided. */
  readonly actor: ProcessIdentity;
  /** Cause, evidence, before and after, as far as the type has them. Never a secret. */
  readonly data: JsonObject;
}

/** Which events are asked for. */
export interface EventQuery {
  /** Default: every agent of the scope. */
  readonly agentName?: string | undefined;
  readonly types?: readonly string[] | undefined;
  /** From this time on: a `Date`, ISO 8601 with a time zone, or a time ago such as `"24h"`. */
  readonly since?: Date | string | undefined;
}

/** Which events are read, and whether to wait for more. */
export interface EventFilter extends EventQuery {
  /** Go on with what happens from now on, until the signal fires; the loop then ends. Default `false`. */
  readonly follow?: boolean | undefined;
  /** How often a follower looks, 50 to 600,000 ms. Default 1,000. */
  readonly pollMs?: number | undefined;
  /** Without `follow` it rejects with `aborted` when it fires. */
  readonly signal?: AbortSignal | undefined;
}

const PAGE = 200;
const FILTER_FIELDS: ReadonlySet<string> = new Set(["agentName", "types", "since", "follow", "pollMs", "signal"]);

/** Refuses a filter that is none, before anything is opened. Throws `invalid_option` or `invalid_config`. */
export function checkEventFilter(filter: EventFilter, now: number): void {
  assertObject("filter", filter);
  refuseUnknown("events", filter, FILTER_FIELDS);
  textOption("agentName", filter.agentName);
  booleanOption("follow", filter.follow);
  signalOption("signal", filter.signal);
  pollTime(filter.pollMs);
  sinceDate(filter.since, now);
  const types: unknown = filter.types;
  if (types !== undefined && !(Array.isArray(types) && types.every((type) => typeof type === "string")))
    throw wrongOption("types", "a list of types of events", types);
}

/** The events of the manager's scope, oldest first, one page in memory at a time. */
export async function* readEvents(
  core: ManagerCore,
  filter: EventFilter = {},
): AsyncGenerator<AuditEvent, void, undefined> {
  const { follow = false, signal } = filter;
  const pollMs = pollTime(filter.pollMs);
  // A time ago is counted from the first look, also by a follower.
  const query = { ...filter, since: sinceDate(filter.since, core.options.runtime.now()) };
  let cursor: string | undefined;
  for (;;) {
    if (!follow) throwIfAborted(signal);
    const page = await readEventPage(core, query, { cursor, limit: PAGE });
    cursor = page.cursor;
    for (const event of page.items) {
      if (follow && signal?.aborted === true) return;
      yield event;
    }
    if (page.items.length === PAGE) continue;
    if (!follow || !(await slept(core, pollMs, signal))) return;
  }
}

/** One page of them. Its cursor is always given, and continues behind its last event whenever there are more. */
export async function readEventPage(
  core: ManagerCore,
  query: EventQuery,
  page: PageRequest = {},
): Promise<Page<AuditEvent>> {
  const { registry, service, scope, runtime } = core.options;
  const since = sinceDate(query.since, runtime.now())?.getTime();
  const { agentName, types } = query;
  const { items, cursor } = await registry.events.list({
    location: service.location,
    scope,
    agentName,
    types,
    since,
    ...page,
  });
  return { items: items.map(toAuditEvent), cursor };
}

/** The events as JSON Lines: one object per line, each with its line end. */
export async function* exportEvents(
  core: ManagerCore,
  filter: EventFilter = {},
): AsyncGenerator<string, void, undefined> {
  for await (const event of readEvents(core, filter)) yield `${JSON.stringify(event)}\n`;
}

/** Forgets the scope's events that are older than `keepMs`. Returns how many. By the actors' clocks, which wrote the times. */
export async function pruneBefore(core: ManagerCore, keepMs: number): Promise<number> {
  const { registry, service, scope, runtime } = core.options;
  return registry.events.delete({ location: service.location, scope, before: runtime.now() - keepMs });
}

async function slept(core: ManagerCore, ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await core.options.runtime.sleep(ms, { signal });
    return true;
  } catch (thrown) {
    if (signal?.aborted === true) return false;
    throw thrown;
  }
}

function toAuditEvent({ sequence, at, type, scope, agentName, actor, data }: EventRecord): AuditEvent {
  return { sequence, at: new Date(at).toISOString(), type, scope, agentName, actor, data };
}

function pollTime(pollMs = 1_000): number {
  return wholeNumber("pollMs", pollMs, { min: 50, max: 600_000 });
}

function sinceDate(since: Date | string | undefined, now: number): Date | undefined {
  if (since === undefined) return undefined;
  const date = since instanceof Date ? since : sinceText(since, now);
  if (!Number.isNaN(date.getTime())) return date;
  throw new TenureError("invalid_option", `Expected \`since\` to be a time, got ${String(since)}.`);
}

/** ISO 8601 with a zone, since without one the answer would depend on the machine; or a time ago. */
function sinceText(since: string, now: number): Date {
  if (/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(since)) return new Date(since);
  return new Date(now - parseDuration(since, "since"));
}
