import { checkMetadata, readObject } from "../agents/request-body.ts";
import { invalidPayload, ServiceError } from "../errors.ts";
import { presentPage, readPageQuery } from "../http/page.ts";
import type { Handler, Route, RouteContext } from "../http/route.ts";
import type { JsonObject } from "../json.ts";
import type { AssistantRecord } from "../state.ts";

/**
 * The agents of the classic API, as `@azure/ai-agents` manages them: made by every POST, told apart by the id that the service gives. Threads and runs of
 * that API are not emulated.
 */

/** What the service shows for members that the client left out (example in Microsoft's migration guide). */
const DEFAULTS: JsonObject = {
  name: null,
  description: null,
  instructions: null,
  tools: [],
  top_p: 1,
  temperature: 1,
  tool_resources: {},
  metadata: {},
  response_format: "auto",
};

function present(assistant: AssistantRecord): JsonObject {
  return {
    id: assistant.id,
    object: "assistant",
    created_at: Math.floor(assistant.createdAtMs / 1000),
    ...DEFAULTS,
    ...assistant.declared,
  };
}

function find(context: RouteContext): AssistantRecord {
  const { id = "" } = context.params;
  if (!id.startsWith("asst")) {
    const message = `Invalid 'assistant_id': '${id}'. Expected an ID that begins with 'asst'.`;
    throw new ServiceError(400, "invalid_value", message, { param: "assistant_id" });
  }
  const assistant = context.state.assistants.get(id);
  if (assistant !== undefined) return assistant;
  throw new ServiceError(404, "not_found", `No assistant found with id '${id}'.`);
}

const createAssistant: Handler = async (context) => {
  const body = await readObject(context);
  if (typeof body.model !== "string" || body.model === "") {
    throw invalidPayload("model", "Expected the name of a model deployment");
  }
  const { state, clock, ids } = context;
  state.lastSequence += 1;
  const assistant: AssistantRecord = {
    id: ids.next("asst"),
    createdAtMs: clock.nowMs(),
    sequence: state.lastSequence,
    declared: { ...body, metadata: checkMetadata(body.metadata) },
  };
  state.assistants.set(assistant.id, assistant);
  return Response.json(present(assistant));
};

const updateAssistant: Handler = async (context) => {
  const assistant = find(context);
  const body = await readObject(context);
  const metadata = body.metadata === undefined ? {} : { metadata: checkMetadata(body.metadata) };
  assistant.declared = { ...assistant.declared, ...body, ...metadata };
  return Response.json(present(assistant));
};

const listAssistants: Handler = (context) => {
  const { state } = context;
  const source = {
    items: [...state.assistants.values()],
    position: (assistant: AssistantRecord) => assistant.sequence,
    positionOf: (id: string) => state.assistants.get(id)?.sequence,
    idOf: (assistant: AssistantRecord) => assistant.id,
  };
  return Response.json(presentPage(source, readPageQuery(context.url.searchParams, "desc"), present));
};

const deleteAssistant: Handler = (context) => {
  const { id } = find(context);
  context.state.assistants.delete(id);
  return Response.json({ id, object: "assistant.deleted", deleted: true });
};

/** Everything below `/assistants`. */
export const assistantRoutes: readonly Route[] = [
  { method: "POST", path: "/assistants", handler: createAssistant },
  { method: "GET", path: "/assistants", handler: listAssistants },
  { method: "GET", path: "/assistants/:id", handler: (context) => Response.json(present(find(context))) },
  { method: "POST", path: "/assistants/:id", handler: updateAssistant },
  { method: "DELETE", path: "/assistants/:id", handler: deleteAssistant },
];
