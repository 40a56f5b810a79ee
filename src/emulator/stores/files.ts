import { unixSeconds } from "../clock.ts";
import { itemPage } from "../conversations/paging.ts";
import { invalidPayload, ServiceError } from "../errors.ts";
import type { Handler, Route, RouteContext } from "../http/route.ts";
import { describeValue } from "../json.ts";
import type { EmulatorState, StoredObject } from "../state.ts";

/** The OpenAI client sends a form; its content is counted and not kept. */
const create: Handler = async (context) => {
  const form = await readForm(context);
  const [file, purpose] = [form.get("file"), form.get("purpose")];
  if (!(file instanceof Blob)) throw invalidPayload("file", `Expected a file, got ${describeValue(file)}.`);
  if (typeof purpose !== "string" || purpose === "")
    throw invalidPayload("purpose", `Expected a purpose, got ${describeValue(purpose)}.`);
  const shown: StoredObject = {
    id: context.ids.next("file").replace("_", "-"),
    object: "file",
    bytes: file.size,
    created_at: unixSeconds(context.clock),
    filename: "name" in file ? file.name : "file",
    purpose,
    status: "processed",
  };
  context.state.files.set(shown.id, shown);
  return Response.json(shown);
};

async function readForm(context: RouteContext): Promise<FormData> {
  const type = context.request.headers.get("content-type") ?? "";
  try {
    return await new Response(await context.text(), { headers: { "content-type": type } }).formData();
  } catch {
    throw new ServiceError(400, "invalid_payload", "The body is not a form of type multipart/form-data.");
  }
}

/** Finds a file. Throws a `ServiceError` 404 `not_found`. */
export function findFile(state: EmulatorState, id: string): StoredObject {
  const file = state.files.get(id);
  if (file === undefined) throw new ServiceError(404, "not_found", `No such File object: ${id}`);
  return file;
}

const read: Handler = (context) => Response.json(findFile(context.state, context.params["file"] ?? ""));

const list: Handler = (context) => Response.json(itemPage([...context.state.files.values()], context.url.searchParams));

const remove: Handler = (context) => {
  const { id } = findFile(context.state, context.params["file"] ?? "");
  context.state.files.delete(id);
  return Response.json({ id, object: "file", deleted: true });
};

/** Files in the form of the OpenAI API, without their content. */
export const fileRoutes: readonly Route[] = [
  { method: "POST", path: "/openai/v1/files", handler: create },
  { method: "GET", path: "/openai/v1/files", handler: list },
  { method: "GET", path: "/openai/v1/files/:file", handler: read },
  { method: "DELETE", path: "/openai/v1/files/:file", handler: remove },
];
