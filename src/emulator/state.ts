import { randomBytes } from "node:crypto";
import type { JsonObject } from "./json.ts";

/** One immutable version of an agent, in the form in which the service shows it, plus what only the emulator knows. */
export interface AgentVersionRecord {
  readonly name: string;
  /** `"1"`, `"2"`, … or `draft-<epoch ms>`. */
  readonly version: string;
  readonly guid: string;
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** As it came in: unknown fields are kept. */
  readonly definition: JsonObject;
  readonly draft: boolean;
  readonly createdAtMs: number;
  /** Grows by one with every write of an agent; orders what was made in the same millisecond. */
  readonly sequence: number;
}

/** What is kept in the form in which it is shown. */
export type StoredObject = JsonObject & { readonly id: string };

/** A caller's session with a hosted agent. */
export interface AgentSessionRecord {
  readonly id: string;
  readonly version: string;
  readonly createdAtMs: number;
  status: "active" | "idle";
}

/** One share of the traffic to an agent's endpoint. `version` is a number as text or `@latest`. */
export interface RoutingRule {
  readonly version: string;
  /** 0 to 100. */
  readonly percentage: number;
}

/** A named agent. It has at least one version as long as it exists. */
export interface AgentRecord {
  readonly name: string;
  readonly createdAtMs: number;
  readonly sequence: number;
  enabled: boolean;
  /** Oldest first, drafts included. */
  versions: AgentVersionRecord[];
  /** The number that the next version gets. */
  nextVersion: number;
  /** Sum of the percentages is 100. */
  routing: RoutingRule[];
  /** Other members of `agent_endpoint` and `agent_card`, kept as patched. */
  endpoint: JsonObject;
  card?: JsonObject | undefined;
  sessions: AgentSessionRecord[];
}

/** An agent of the classic API: an id, and a name that need not be unique. */
export interface AssistantRecord {
  readonly id: string;
  readonly createdAtMs: number;
  /** Grows with every assistant made; orders what was made in the same millisecond. */
  readonly sequence: number;
  /** Everything that the client declared, unknown members included. */
  declared: JsonObject;
}

/** A conversation and all that was said in it. */
export interface ConversationRecord {
  readonly id: string;
  /** Unix seconds. */
  readonly createdAt: number;
  metadata: Record<string, string>;
  /** Input and output items in order, each with its `id` and `type`, as the service shows them. */
  items: JsonObject[];
}

/** A stored response. */
export interface ResponseRecord {
  readonly id: string;
  /** The `response` object as last seen by a client. */
  body: JsonObject;
  /** What this response was asked, without what came before it. */
  input: JsonObject[];
  readonly conversationId?: string | undefined;
  readonly previousResponseId?: string | undefined;
}

/** How many there are, or ever were. */
export interface ResourceCounts {
  agents: number;
  versions: number;
  conversations: number;
  responses: number;
}

/** Totals since the start of the data file, or since the last reset. */
export interface Counters {
  created: ResourceCounts;
  deleted: ResourceCounts;
}

/** Everything that the emulated project holds. */
export interface EmulatorState {
  readonly agents: Map<string, AgentRecord>;
  /** The classic store: neither API shows what the other holds. */
  readonly assistants: Map<string, AssistantRecord>;
  readonly conversations: Map<string, ConversationRecord>;
  readonly responses: Map<string, ResponseRecord>;
  /** As they are shown, oldest first. */
  readonly vectorStores: Map<string, StoredObject>;
  /** As they are shown, oldest first; their content is not kept. */
  readonly files: Map<string, StoredObject>;
  counters: Counters;
  /** Distinguishes the ids of this state from those of any other, over restarts. */
  seed: string;
  /** Number of ids given out. */
  lastId: number;
  /** The latest `sequence` of a record. */
  lastSequence: number;
  /** Sequence of each agent deleted since the start: a page may go on after an agent that is gone. Not kept in the data file. */
  readonly goneAgents: Map<string, number>;
}

function noCounts(): ResourceCounts {
  return { agents: 0, versions: 0, conversations: 0, responses: 0 };
}

/** An empty project. Without a `seed` its ids never meet those of another. */
export function createState(seed: string = randomBytes(8).toString("hex")): EmulatorState {
  return {
    agents: new Map(),
    assistants: new Map(),
    conversations: new Map(),
    responses: new Map(),
    vectorStores: new Map(),
    files: new Map(),
    counters: { created: noCounts(), deleted: noCounts() },
    seed,
    lastId: 0,
    lastSequence: 0,
    goneAgents: new Map(),
  };
}

/** Empties the project and its totals. Ids go on from where they were, so that no old id ever names a new thing. */
export function clearState(state: EmulatorState): void {
  state.agents.clear();
  state.assistants.clear();
  state.goneAgents.clear();
  state.conversations.clear();
  state.responses.clear();
  state.vectorStores.clear();
  state.files.clear();
  state.counters = { created: noCounts(), deleted: noCounts() };
}

/** What is there now. */
export function countLive(state: EmulatorState): ResourceCounts {
  let versions = 0;
  for (const agent of state.agents.values()) versions += agent.versions.length;
  return {
    agents: state.agents.size,
    versions,
    conversations: state.conversations.size,
    responses: state.responses.size,
  };
}
