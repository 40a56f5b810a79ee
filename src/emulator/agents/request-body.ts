import { invalidPayload, ServiceError } from "../errors.ts";
import type { RouteContext } from "../http/route.ts";
import { describeValue, isJsonObject, type JsonObject } from "../json.ts";
import { checkDefinition } from "./definition.ts";

/** What a client declares when it writes an agent or a version. */
export interface VersionDraft {
  readonly definition: JsonObject;
  readonly metadata: Readonly<Record<string, string>>;
  readonly description: string;
  readonly draft: boolean;
}

const namePattern = /^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/;

/** Throws a `ServiceError` 400 `invalid_parameters` with the service's own words. */
export function checkAgentName(name: unknown): string {
  if (typeof name === "string" && namePattern.test(name)) return name;
  throw new ServiceError(
    400,
    "invalid_parameters",
    "Must start and end with alphanumeric characters, can contain hyphens in the middle, and must not exceed 63 characters.",
    { param: "name" },
  );
}

/** Checks metadata: at most 16 pairs, keys of 64 and values of 512 characters. Throws a `ServiceError` 400. */
export function checkMetadata(metadata: unknown): Record<string, string> {
  if (metadata === undefined || metadata === null) return {};
  if (!isJsonObject(metadata)) {
    throw invalidPayload("metadata", `Expected an object, got ${describeValue(metadata)}`);
  }
  const pairs = Object.entries(metadata);
  if (pairs.length > 16) {
    throw invalidPayload("metadata", `Expected at most 16 pairs, got ${pairs.length}`);
  }
  return Object.fromEntries(pairs.map(checkPair));
}

function checkPair([key, value]: [string, unknown]): [string, string] {
  if (key.length > 64) {
    throw invalidPayload("metadata", `Expected keys of at most 64 characters, got one of ${key.length}`);
  }
  if (typeof value !== "string" || value.length > 512) {
    const given = typeof value === "string" ? `${value.length} characters` : describeValue(value);
    throw invalidPayload(`metadata.${key}`, `Expected text of at most 512 characters, got ${given}`);
  }
  return [key, value];
}

function checkDescription(description: unknown): string {
  if (description === undefined || description === null) return "";
  if (typeof description !== "string" || description.length > 512) {
    const given = typeof description === "string" ? `${description.length} characters` : describeValue(description);
    throw invalidPayload("description", `Expected text of at most 512 characters, got ${given}`);
  }
  return description;
}

/** Reads the body as an object. Throws a `ServiceError` 400 `invalid_payload`. */
export async function readObject(context: RouteContext): Promise<JsonObject> {
  const body = await context.json();
  if (!isJsonObject(body)) throw invalidPayload("", "Expected a JSON object as the body");
  return body;
}

/** Checks the part of a body that all writes of an agent share. Throws a `ServiceError`. */
export function checkVersionDraft(body: JsonObject, context: RouteContext): VersionDraft {
  const features = context.request.headers.get("foundry-features") ?? "";
  const definition = checkDefinition(body.definition, features);
  const withDefaults = context.options.behaviour.echoDefaults && definition.kind === "prompt";
  return {
    definition: withDefaults ? { temperature: 1, top_p: 1, ...definition } : definition,
    metadata: checkMetadata(body.metadata),
    description: checkDescription(body.description),
    // Without the opt-in a request for a draft makes a normal version ("Manage hosted agents", Microsoft Learn).
    draft: body.draft === true && features.includes("DraftAgents=V1Preview"),
  };
}
