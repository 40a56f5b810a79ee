import type { RemoteRef } from "../../config/index.ts";
import type {
  AgentEndpoints,
  AgentService,
  CallOptions,
  CreateRevisionParams,
  ListRevisionsParams,
  OwnedResources,
  RemoteAgent,
  RemoteRevision,
  RunService,
  ServiceCapabilities,
  WriteOutcome,
} from "../contract/index.ts";
import { AgentApi } from "./agents/agent-api.ts";
import { EndpointApi } from "./agents/endpoint-api.ts";
import { FoundryHttp } from "./http/foundry-http.ts";
import { FoundryTransport } from "./http/transport.ts";
import { toServiceKey, toServiceName } from "./names.ts";
import { type FoundryAgentServiceOptions, resolveOptions } from "./options.ts";
import { FoundryRunService } from "./runs/foundry-run-service.ts";
import { OwnedResourceApi } from "./runs/owned-resource-api.ts";

/**
 * The Microsoft Foundry Agent Service: agents with names and versions, runs by the Responses API.
 *
 * Making one does no I/O and loads neither Azure nor OpenAI code; both come with the first call that needs them. Reads are repeated after
 * passing failures, writes never.
 */
export class FoundryAgentService implements AgentService, AsyncDisposable {
  /** `foundry:` and the endpoint. */
  readonly location: string;
  /** The service keeps at most 1000 versions of an agent. */
  readonly capabilities: ServiceCapabilities = { versions: true, uniqueNames: true, maxVersions: 1000 };
  readonly runs: RunService;
  readonly endpoints: AgentEndpoints;
  readonly resources: OwnedResources;
  readonly #agents: AgentApi;
  readonly #transport: FoundryTransport;

  /** Throws `endpoint_missing`, `invalid_endpoint`, `endpoint_not_project`, `endpoint_trailing_slash` or `invalid_option`. */
  constructor(options: FoundryAgentServiceOptions) {
    const settings = resolveOptions(options);
    this.location = `foundry:${settings.endpoint.url}`;
    this.#transport = new FoundryTransport(settings);
    const http = new FoundryHttp(settings, this.#transport);
    this.#agents = new AgentApi(http);
    this.endpoints = new EndpointApi(http);
    this.runs = new FoundryRunService(settings, this.#transport);
    this.resources = new OwnedResourceApi(settings, this.#transport);
  }

  toServiceName(agentName: string): string {
    return toServiceName(agentName);
  }

  toServiceKey(serviceName: string): string {
    return toServiceKey(serviceName);
  }

  get({ serviceName, signal }: { readonly serviceName: string } & CallOptions): Promise<RemoteAgent | undefined> {
    return this.#agents.get(serviceName, { signal });
  }

  getRevision({ ref, signal }: { readonly ref: RemoteRef } & CallOptions): Promise<RemoteRevision | undefined> {
    return this.#agents.getRevision(ref, { signal });
  }

  listRevisions(params: ListRevisionsParams): AsyncIterable<RemoteRevision> {
    return this.#agents.listRevisions(params);
  }

  listAgents({ signal }: CallOptions = {}): AsyncIterable<RemoteAgent> {
    return this.#agents.listAgents({ signal });
  }

  createRevision(params: CreateRevisionParams): Promise<WriteOutcome<RemoteRevision>> {
    return this.#agents.createRevision(params);
  }

  deleteRevision({
    ref,
    signal,
  }: { readonly ref: RemoteRef } & CallOptions): Promise<WriteOutcome<"deleted" | "absent">> {
    return this.#agents.deleteRevision(ref, { signal });
  }

  deleteAgent({
    serviceName,
    signal,
  }: { readonly serviceName: string } & CallOptions): Promise<WriteOutcome<"deleted" | "absent">> {
    return this.#agents.deleteAgent(serviceName, { signal });
  }

  enable({ serviceName, signal }: { readonly serviceName: string } & CallOptions): Promise<WriteOutcome<"enabled">> {
    return this.#agents.enable(serviceName, { signal });
  }

  async close(): Promise<void> {
    this.#transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
