import type { JsonObject } from "../../../config/index.ts";
import type { RemoteAgent, RemoteRevision } from "../../contract/index.ts";
import { isJsonObject, readText } from "../http/json.ts";
import { readStamp, withoutStamp } from "../stamp.ts";

/** What an answer must hold and does not. Becomes `service_protocol`, with the request named by the caller. */
export class UnusableAnswer extends Error {
  override readonly name = "UnusableAnswer";
}

/** States in which a version is gone, or about to be (`AgentVersion.status`). */
const GONE = new Set(["deleting", "deleted"]);

/**
 * An `agent.version` as a revision; `undefined` if it is being deleted. Lenient with what is unknown or missing, strict with what identifies
 * the version and with its definition. Throws `UnusableAnswer`.
 */
export function readVersion(value: unknown): RemoteRevision | undefined {
  if (!isJsonObject(value)) throw new UnusableAnswer("a version that is no object");
  if (GONE.has(readText(value, "status") ?? "")) return undefined;
  const name = readText(value, "name");
  if (name === undefined) throw new UnusableAnswer("a version without `name`");
  const version = readVersionNumber(value["version"]);
  if (version === undefined) throw new UnusableAnswer(`a version of ${name} without \`version\``);
  const { definition } = value;
  if (!isJsonObject(definition)) throw new UnusableAnswer(`version ${version} of ${name} without \`definition\``);
  const metadata = readMetadata(value["metadata"]);
  return {
    ref: { id: readText(value, "id") ?? `${name}:${version}`, name, version },
    stamp: readStamp(metadata),
    definition,
    description: readText(value, "description"),
    metadata: withoutStamp(metadata),
    createdAt: readTime(value["created_at"]),
    draft: value["draft"] === true || version.startsWith("draft-"),
  };
}

/** An `agent`; `undefined` if it has no version left, since there is nothing of anybody's in it. Throws `UnusableAnswer`. */
export function readAgent(value: unknown): RemoteAgent | undefined {
  if (!isJsonObject(value)) throw new UnusableAnswer("an agent that is no object");
  const serviceName = readText(value, "name");
  if (serviceName === undefined) throw new UnusableAnswer("an agent without `name`");
  const { versions } = value;
  if (!isJsonObject(versions)) throw new UnusableAnswer(`agent ${serviceName} without \`versions\``);
  const latest = readLatest(versions);
  if (latest === undefined) return undefined;
  return { serviceName, state: value["state"] === "disabled" ? "disabled" : "enabled", latest };
}

function readLatest({ latest }: JsonObject): RemoteRevision | undefined {
  return latest === undefined || latest === null ? undefined : readVersion(latest);
}

function readVersionNumber(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Unix seconds on the wire; the specification's generated examples show ISO 8601. 0 if there is none. */
function readTime(value: unknown): number {
  if (typeof value === "number") return Math.round(value * 1000);
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? 0 : time;
}

function readMetadata(value: unknown): Record<string, string> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
