import { TenureError } from "../errors/index.ts";
import { checkToolName, isLocalTool } from "./define-tool.ts";
import { childPath, unexpected } from "./expectation.ts";
import { canonicalText } from "./fingerprint.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { copyJsonObject, isPlainObject } from "./plain-json.ts";
import type { LocalTool } from "./tool.ts";

/** The service's own limit. */
const MAX_TOOLS = 128;
const WEB_SEARCH: JsonObject = Object.freeze({ type: "web_search" });
/** Tools with which the service looks things up on the web; `web_search_preview` has dated names too. */
const SEARCHES_WEB = /^(?:web_search|bing_grounding|bing_custom_search)/;

/**
 * The tools as the service takes them, in their one order; `undefined` if there are none. Throws `invalid_config` for what is no tool, for more than 128,
 * for two equal tools and for two functions of one name.
 */
export function normalTools(tools: unknown, enableWebSearch: boolean): readonly JsonObject[] | undefined {
  if (tools !== undefined && !Array.isArray(tools)) throw unexpected("tools", "a list of tools", tools);
  const wire = Array.from(tools ?? [], (tool: unknown, index) => wireTool(tool, childPath("tools", index)));
  refuseTwins(wire);
  if (enableWebSearch && !wire.some((tool) => typeOf(tool).startsWith("web_search"))) wire.push(WEB_SEARCH);
  if (wire.length > MAX_TOOLS) throw unexpected("tools", `at most ${MAX_TOOLS} tools, web search included`, wire);
  return wire.length === 0 ? undefined : Object.freeze(sortTools(wire));
}

/** Tools in the one order that the fingerprint uses: by their RFC 8785 text, compared by UTF-16 code units. Their order has no meaning to the model. */
export function sortTools<Tool extends JsonValue>(tools: readonly Tool[]): Tool[] {
  return tools
    .map((tool) => ({ tool, text: canonicalText(tool) }))
    .sort((a, b) => (a.text < b.text ? -1 : Number(a.text > b.text)))
    .map(({ tool }) => tool);
}

/** Whether one of the tools looks things up on the web. */
export function searchesWeb(tools: readonly JsonObject[] | undefined): boolean {
  return tools?.some((tool) => SEARCHES_WEB.test(typeOf(tool))) ?? false;
}

function wireTool(tool: unknown, path: string): JsonObject {
  if (isLocalTool(tool)) return wireFunction(tool, path);
  if (!isPlainObject(tool)) throw unexpected(path, "a tool with a `type`, or one made by `defineTool`", tool);
  const { type } = tool;
  if (typeof type !== "string" || type === "")
    throw unexpected(childPath(path, "type"), "the name of a tool type", type);
  if (type === "function") checkToolName(tool["name"], childPath(path, "name"));
  return copyJsonObject(tool, path);
}

function wireFunction(tool: LocalTool<never>, path: string): JsonObject {
  const { type, name, description, parameters, strict } = tool;
  checkToolName(name, childPath(path, "name"));
  return copyJsonObject({ type, name, description, parameters, strict }, path);
}

function typeOf(tool: JsonObject): string {
  return typeof tool["type"] === "string" ? tool["type"] : "";
}

function refuseTwins(tools: readonly JsonObject[]): void {
  const texts = new Map<string, number>();
  const names = new Map<unknown, number>();
  for (const [index, tool] of tools.entries()) {
    const text = canonicalText(tool);
    const twin = texts.get(text);
    if (twin !== undefined) throw twins(`tools[${twin}] and tools[${index}] are equal`, index);
    texts.set(text, index);
    if (tool["type"] !== "function") continue;
    const namesake = names.get(tool["name"]);
    if (namesake !== undefined)
      throw twins(
        `tools[${namesake}] and tools[${index}] are both functions called ${JSON.stringify(tool["name"])}`,
        index,
      );
    names.set(tool["name"], index);
  }
}

function twins(fact: string, index: number): TenureError {
  return new TenureError("invalid_config", `Expected \`tools\` to differ from each other, but ${fact}`, {
    hint: "Remove one of the two, or rename it.",
    details: { field: `tools[${index}]` },
  });
}
