import type { JsonObject } from "../../config/index.ts";
import type { AgentService, CreateRevisionParams, RemoteRevision } from "../../services/contract/index.ts";

/** What goes wrong with a request. Only `answer-lost` and `no-answer` leave the effect behind. */
export type FaultKind =
  /** Done, then the connection is cut. */
  | "answer-lost"
  /** Done, but nothing is heard of it until the caller gives up. */
  | "no-answer"
  /** The connection is cut before anything is done. */
  | "request-lost"
  /** 200 with a web page for a body, nothing done. */
  | "unreadable"
  /** 500 and 503, nothing done. */
  | "server-error"
  | "unavailable"
  /** 409. */
  | "conflict"
  /** 429 without, and with, word of how long to wait (20 ms). */
  | "throttled"
  | "throttled-with-wait"
  /** 400. */
  | "bad-request"
  /** 401. */
  | "unauthorized"
  /** 403 as a gateway's web page. */
  | "forbidden-page"
  /** The 404 of a path that the service does not have. */
  | "wrong-endpoint";

/** A fault for the next fitting requests. */
export interface ServiceFault {
  readonly on: "read" | "create" | "delete" | "run";
  readonly kind: FaultKind;
  /** Default 1. */
  readonly times?: number;
}

/** An agent as somebody without Tenure makes it. */
export interface PlantedAgent {
  readonly serviceName: string;
  readonly definition: JsonObject;
  readonly metadata: Readonly<Record<string, string>>;
}

/** An empty service, and a hand on what is behind it. */
export interface ServiceUnderTest extends AsyncDisposable {
  readonly service: AgentService;
  readonly inject: (fault: ServiceFault) => void | Promise<void>;
  /** How many creating and deleting requests arrived, those that went wrong included. */
  readonly countWrites: () => number | Promise<number>;
  readonly plant: (agent: PlantedAgent) => Promise<void>;
  /** A user's message upon which the model calls this function of its agent. */
  readonly askForCall: (name: string, args: JsonObject) => string;
}

/** Opens one more service, apart from all others. The case disposes it. */
export type OpenService = () => Promise<ServiceUnderTest>;

/** One sentence of the contract. */
export interface ServiceCase {
  readonly name: string;
  readonly run: (open: OpenService) => Promise<void>;
}

/** A case that opens one service and closes it. */
export function serviceCase(name: string, body: (subject: ServiceUnderTest) => Promise<void>): ServiceCase {
  return {
    name,
    run: async (open) => {
      await using subject = await open();
      await body(subject);
    },
  };
}

/** A whole request for a revision; the definition differs by `seed`. */
export function revisionParams(serviceName: string, seed = 0): CreateRevisionParams {
  return {
    serviceName,
    definition: { kind: "prompt", model: "gpt-4.1", instructions: `Be number ${seed}.` },
    description: undefined,
    metadata: {},
    stamp: {
      scope: "conformance",
      agentName: serviceName,
      fingerprint: `v1:${seed.toString(16).padStart(64, "0")}`,
      intentId: `intent-${seed}`,
    },
  };
}

/** Makes a revision and expects it to work. */
export async function createRevision(service: AgentService, params: CreateRevisionParams): Promise<RemoteRevision> {
  const outcome = await service.createRevision(params);
  if (outcome.kind !== "ok") throw outcome.error;
  return outcome.value;
}

export async function toArray<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
