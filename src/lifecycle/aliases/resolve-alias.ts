import { assertAgentName, assertSessionId, type NormalConfig } from "../../config/index.ts";
import { TenureError, throwIfAborted } from "../../errors/index.ts";
import {
  type AgentRequest,
  checkResolveOptions,
  isRegistryDown,
  type ManagedAgent,
  type ManagerCore,
  type ResolveOptions,
} from "../../manager/index.ts";
import type { RevisionRecord } from "../../registry/contract/index.ts";
import { keyOf } from "../under-lease.ts";
import { assertAlias } from "./alias-name.ts";

/** An agent that is wanted by alias, whatever its configuration is. */
export interface AliasRequest {
  readonly agentName: string;
  /** `production`, `staging`, …: set by `setAlias` or `promote`. */
  readonly alias: string;
  readonly sessionId?: string | undefined;
}

const MEMBERS = new Set(["agentName", "alias", "sessionId"]);
/** Aliases kept in memory. Beyond that the one that was looked up longest ago goes. */
const KEPT = 10_000;

interface Resolved {
  readonly agent: ManagedAgent;
  /** By the monotonic clock. */
  readonly freshUntil: number;
}

/** Gives the agents that aliases stand for, from memory for at most the manager's `freshMs`. */
export class AliasResolver {
  readonly #resolved = new Map<string, Resolved>();
  readonly #flights = new Map<string, Promise<ManagedAgent>>();

  /** Rejects with `alias_not_found`, or `revision_not_found` if the revision is gone. */
  async resolve(core: ManagerCore, request: AliasRequest): Promise<ManagedAgent> {
    const { agentName, sessionId } = request;
    const agent = await this.#find(core, request);
    core.usage.cell(keyOf(core, agentName), agent.fingerprint).countReuse(sessionId);
    return sessionId === undefined ? agent : Object.freeze({ ...agent, sessionId });
  }

  /** Looks anew at the next call: this process moved an alias of the agent. */
  forget(agentName: string): void {
    for (const id of this.#resolved.keys()) if (id.startsWith(`${agentName}|`)) this.#resolved.delete(id);
  }

  #find(core: ManagerCore, request: AliasRequest): Promise<ManagedAgent> {
    const id = `${request.agentName}|${request.alias}`;
    const known = this.#resolved.get(id);
    if (known !== undefined && core.options.runtime.monotonic() < known.freshUntil) return Promise.resolve(known.agent);
    const under = this.#flights.get(id);
    if (under !== undefined) return under;
    const flight = this.#look(core, request, known).finally(() => this.#flights.delete(id));
    this.#flights.set(id, flight);
    return flight;
  }

  async #look(core: ManagerCore, request: AliasRequest, known: Resolved | undefined): Promise<ManagedAgent> {
    const fallback = core.options.whenRegistryFails === "fail" ? undefined : known?.agent;
    const read = (): Promise<ManagedAgent> => readAgent(core, request);
    try {
      const agent = await (fallback === undefined ? read() : core.looks.look(read));
      this.#keep(`${request.agentName}|${request.alias}`, {
        agent,
        freshUntil: core.options.runtime.monotonic() + core.options.freshMs,
      });
      return agent;
    } catch (thrown) {
      const error = TenureError.from(thrown);
      if (!isRegistryDown(error) || fallback === undefined) throw error;
      core.emit({
        type: "registry.degraded",
        agentName: request.agentName,
        fingerprint: fallback.fingerprint,
        message: error.message,
      });
      return fallback;
    }
  }

  #keep(id: string, resolved: Resolved): void {
    this.#resolved.delete(id);
    this.#resolved.set(id, resolved);
    if (this.#resolved.size <= KEPT) return;
    for (const oldest of this.#resolved.keys()) {
      this.#resolved.delete(oldest);
      return;
    }
  }
}

/** Whether an alias is asked for, and not a configuration. */
export function isAliasRequest(request: AgentRequest | AliasRequest): request is AliasRequest {
  return typeof request === "object" && request !== null && "alias" in request && request.alias !== undefined;
}

/** Everything that can be refused without I/O. Throws `invalid_name`, `invalid_config`, `invalid_option` or `aborted`. */
export function checkAliasRequest(request: AliasRequest, options: ResolveOptions): void {
  assertRequest(request);
  checkResolveOptions(options);
  throwIfAborted(options.signal);
}

function assertRequest(request: AliasRequest): void {
  assertAgentName(request.agentName);
  assertAlias(request.alias);
  if (request.sessionId !== undefined) assertSessionId(request.sessionId);
  const other = Object.keys(request).find((member) => !MEMBERS.has(member));
  if (other === undefined) return;
  throw new TenureError(
    "invalid_config",
    `\`alias\` stands for a whole configuration: \`${other}\` cannot be given beside it.`,
    {
      hint: "Leave out the alias, or everything but agentName, alias and sessionId.",
      details: { field: other },
    },
  );
}

async function readAgent(core: ManagerCore, request: AliasRequest): Promise<ManagedAgent> {
  const { agentName, alias } = request;
  const { registry } = core.options;
  const key = keyOf(core, agentName);
  const record = await registry.aliases.get({ key, alias });
  if (record === undefined) {
    throw new TenureError("alias_not_found", `The agent "${agentName}" has no alias "${alias}".`, {
      details: { agentName, alias },
    });
  }
  const revision = await registry.agents.getRevision({ key, fingerprint: record.fingerprint });
  if (revision === undefined || revision.state === "deleted") {
    throw new TenureError(
      "revision_not_found",
      `The alias "${alias}" of "${agentName}" stands for ${record.fingerprint}, which is gone.`,
      {
        hint: "Point the alias to a revision that is there.",
        details: { agentName, alias, fingerprint: record.fingerprint },
      },
    );
  }
  return remember(core, revision);
}

/** Kept among the known agents too, so that a run which finds the revision missing can have it made again. */
function remember(core: ManagerCore, revision: RevisionRecord): ManagedAgent {
  const { fingerprint, model, webSearchEnabled } = revision;
  const agentName = revision.key.name;
  const agent: ManagedAgent = Object.freeze({
    agentName,
    outcome: "reused",
    reused: true,
    remote: Object.freeze({ ...revision.remote }),
    fingerprint,
    model,
    webSearchEnabled,
    sessionId: undefined,
  });
  if (core.known.get(agentName, fingerprint) === undefined) {
    const { definition } = revision;
    const config: NormalConfig = {
      agentName,
      definition,
      metadata: {},
      description: undefined,
      fingerprint,
      model,
      webSearchEnabled,
    };
    core.known.keep({ config, agent, usage: core.usage.cell(revision.key, fingerprint), round: 0 });
  }
  return agent;
}
