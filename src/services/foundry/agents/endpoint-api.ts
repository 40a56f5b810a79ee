import type { JsonValue, RemoteRef } from "../../../config/index.ts";
import { TenureError } from "../../../errors/index.ts";
import type { AgentEndpoints, CallOptions, WriteOutcome } from "../../contract/index.ts";
import { type ApiCall, describeCall, type FoundryHttp } from "../http/foundry-http.ts";
import { isJsonObject } from "../http/json.ts";
import { isAbsence, toRefusal } from "../outcome.ts";

/**
 * The version selector of an agent's endpoint. By default it is `@latest`, so that every new version at once changes what callers get that know only the
 * name ("Configure an agent's endpoint", version selection rules).
 */
export class EndpointApi implements AgentEndpoints {
  readonly #http: FoundryHttp;

  constructor(http: FoundryHttp) {
    this.#http = http;
  }

  async pin({ ref, signal }: { readonly ref: RemoteRef } & CallOptions): Promise<WriteOutcome<"pinned">> {
    if (ref.version === undefined) {
      throw new TenureError(
        "invalid_option",
        `Expected \`ref.version\` to be a version of ${ref.name}, got undefined.`,
      );
    }
    const rule = { type: "FixedRatio", agent_version: ref.version, traffic_percentage: 100 };
    const call: ApiCall = {
      method: "PATCH",
      path: `/agents/${encodeURIComponent(ref.name)}`,
      body: { agent_endpoint: { version_selector: { version_selection_rules: [rule] } } },
      signal,
    };
    const answer = await this.#http.send(call);
    if (answer.kind === "failed") return toRefusal(answer.failure, describeCall(call));
    if (answer.kind === "lost") return { kind: "unknown", error: answer.error };
    return { kind: "ok", value: "pinned" };
  }

  async get({
    serviceName,
    signal,
  }: { readonly serviceName: string } & CallOptions): Promise<readonly string[] | undefined> {
    const body = await this.#http.get({ path: `/agents/${encodeURIComponent(serviceName)}`, signal }, isAbsence);
    return body === undefined ? undefined : readVersions(body);
  }
}

/** An agent without a selector answers with its latest version. */
function readVersions(body: JsonValue): readonly string[] {
  const rules = member(member(member(body, "agent_endpoint"), "version_selector"), "version_selection_rules");
  if (!Array.isArray(rules)) return ["@latest"];
  const versions = rules.map((rule: JsonValue) => member(rule, "agent_version"));
  return versions.filter((version): version is string => typeof version === "string");
}

function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}
