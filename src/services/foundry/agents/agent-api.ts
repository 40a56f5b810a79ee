import type { JsonValue, RemoteRef } from "../../../config/index.ts";
import { TenureError } from "../../../errors/index.ts";
import type {
  CallOptions,
  CreateRevisionParams,
  ListRevisionsParams,
  RemoteAgent,
  RemoteRevision,
  WriteOutcome,
} from "../../contract/index.ts";
import { type ApiCall, describeCall, type FoundryHttp, unreadable } from "../http/foundry-http.ts";
import { isJsonObject } from "../http/json.ts";
import { isAbsence, toRefusal } from "../outcome.ts";
import { toServiceMetadata } from "../stamp.ts";
import { PAGE_LIMIT, readPages } from "./pages.ts";
import { readAgent, readVersion, UnusableAnswer } from "./read-version.ts";

/** Agents and their versions. Definitions pass as they are, both ways. */
export class AgentApi {
  readonly #http: FoundryHttp;

  constructor(http: FoundryHttp) {
    this.#http = http;
  }

  async get(serviceName: string, { signal }: CallOptions): Promise<RemoteAgent | undefined> {
    const call = { method: "GET", path: agentPath(serviceName), signal } as const;
    const body = await this.#http.get(call, isAbsence);
    return body === undefined ? undefined : reading(call, () => readAgent(body));
  }

  async getRevision(ref: RemoteRef, { signal }: CallOptions): Promise<RemoteRevision | undefined> {
    const call = { method: "GET", path: versionPath(ref), signal } as const;
    const body = await this.#http.get(call, isAbsence);
    return body === undefined ? undefined : reading(call, () => readVersion(body));
  }

  /** Newest first. Drafts are a preview that has to be opted in to; who does not ask for them may still be shown some. */
  async *listRevisions(params: ListRevisionsParams): AsyncGenerator<RemoteRevision, void> {
    const { serviceName, signal, drafts = false } = params;
    const preview = drafts ? { query: { include_drafts: "true" }, features: "DraftAgents=V1Preview" } : {};
    const call: ApiCall = { method: "GET", path: `${agentPath(serviceName)}/versions`, signal, ...preview };
    for await (const revision of this.#list(call, readVersion)) if (drafts || !revision.draft) yield revision;
  }

  listAgents({ signal }: CallOptions): AsyncGenerator<RemoteAgent, void> {
    return this.#list({ method: "GET", path: "/agents", signal }, readAgent);
  }

  /**
   * `POST /agents/{name}/versions`: creates the agent too if there is none, and is the one upsert that every generation of the service and
   * of its clients has.
   */
  async createRevision(params: CreateRevisionParams): Promise<WriteOutcome<RemoteRevision>> {
    const call: ApiCall = {
      method: "POST",
      path: `${agentPath(params.serviceName)}/versions`,
      body: {
        metadata: toServiceMetadata(params.metadata, params.stamp),
        description: params.description,
        definition: params.definition,
      },
      signal: params.signal,
    };
    return this.#write(call, (body) => {
      const revision = readVersion(body);
      if (revision === undefined) throw new UnusableAnswer("a version that is being deleted");
      return revision;
    });
  }

  async deleteRevision(ref: RemoteRef, options: CallOptions): Promise<WriteOutcome<"deleted" | "absent">> {
    return this.#delete(versionPath(ref), options);
  }

  async deleteAgent(serviceName: string, options: CallOptions): Promise<WriteOutcome<"deleted" | "absent">> {
    return this.#delete(agentPath(serviceName), options);
  }

  /** 204, also if it is enabled. */
  enable(serviceName: string, { signal }: CallOptions): Promise<WriteOutcome<"enabled">> {
    return this.#write({ method: "POST", path: `${agentPath(serviceName)}:enable`, signal }, () => "enabled");
  }

  async #delete(path: string, { signal }: CallOptions): Promise<WriteOutcome<"deleted" | "absent">> {
    const outcome = await this.#write({ method: "DELETE", path, signal }, readDeletion);
    return outcome.kind === "not-found" ? { kind: "ok", value: "absent" } : outcome;
  }

  /** One request. What the service did but did not say in a way that can be read is `unknown`. */
  async #write<Value>(call: ApiCall, read: (body: JsonValue | undefined) => Value): Promise<WriteOutcome<Value>> {
    const answer = await this.#http.send(call);
    if (answer.kind === "failed") return toRefusal(answer.failure, describeCall(call));
    if (answer.kind === "lost") return { kind: "unknown", error: answer.error };
    try {
      return { kind: "ok", value: reading(call, () => read(answer.body), answer.requestId) };
    } catch (error) {
      return { kind: "unknown", error: TenureError.from(error) };
    }
  }

  async *#list<Item>(call: ApiCall, read: (value: unknown) => Item | undefined): AsyncGenerator<Item, void> {
    const pages = readPages((after) => {
      const query = { ...call.query, limit: PAGE_LIMIT, order: "desc", ...(after === undefined ? {} : { after }) };
      return this.#http.get({ ...call, query }, isAbsence);
    });
    try {
      for await (const value of pages) {
        const item = read(value);
        if (item !== undefined) yield item;
      }
    } catch (error) {
      throw toProtocolError(error, call);
    }
  }
}

/** A missing body means that it is done (204); `deleted: false` that there was nothing to delete. */
function readDeletion(body: JsonValue | undefined): "deleted" | "absent" {
  if (body === undefined) return "deleted";
  if (!isJsonObject(body)) throw new UnusableAnswer("a deletion that is no object");
  return body["deleted"] === false ? "absent" : "deleted";
}

function agentPath(serviceName: string): string {
  return `/agents/${encodeURIComponent(serviceName)}`;
}

function versionPath({ name, version }: RemoteRef): string {
  if (version === undefined) {
    throw new TenureError("invalid_option", `Expected \`ref.version\` to be a version of ${name}, got undefined.`);
  }
  return `${agentPath(name)}/versions/${encodeURIComponent(version)}`;
}

function reading<Value>(call: ApiCall, read: () => Value, requestId?: string): Value {
  try {
    return read();
  } catch (error) {
    throw toProtocolError(error, call, requestId);
  }
}

function toProtocolError(error: unknown, call: ApiCall, requestId?: string): unknown {
  return error instanceof UnusableAnswer ? unreadable(describeCall(call), error.message, requestId) : error;
}
