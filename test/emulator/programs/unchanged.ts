/** A program as people write it for Azure: nothing in it knows of Tenure. It prints one JSON line with what it saw. */
import { AIProjectClient } from "@azure/ai-projects";
import { DefaultAzureCredential } from "@azure/identity";
import type OpenAI from "openai";

const endpoint = process.env.FOUNDRY_PROJECT_ENDPOINT ?? "";
const model = process.env.FOUNDRY_MODEL_NAME ?? "";

const project = new AIProjectClient(endpoint, new DefaultAzureCredential());
const openai = project.getOpenAIClient();

function reference(name: string): { body: { agent_reference: { type: string; name: string } } } {
  return { body: { agent_reference: { type: "agent_reference", name } } };
}

async function manageAgents(): Promise<Record<string, unknown>> {
  const names = ["first", "second", "third", "fourth", "fifth"];
  for (const name of names)
    await project.agents.createVersion(name, { kind: "prompt", model, instructions: "Be kind." });
  const again = await project.agents.createVersion("first", { kind: "prompt", model, instructions: "Be brief." });
  const got = await project.agents.get("first");
  const listed: string[] = [];
  for await (const agent of project.agents.list({ limit: 2 })) listed.push(agent.name);
  const deleted = await project.agents.delete("fifth");
  return {
    version: again.version,
    latest: got.versions.latest.version,
    listed: listed.sort(),
    deleted: deleted.deleted,
  };
}

async function talk(): Promise<Record<string, unknown>> {
  const conversation = await openai.conversations.create({ metadata: { user: "u1" } });
  const first = await openai.responses.create(
    { input: "What is a bond?", conversation: conversation.id },
    reference("first"),
  );
  const second = await openai.responses.create(
    { input: "And a share?", conversation: conversation.id },
    reference("first"),
  );
  const items: string[] = [];
  for await (const item of openai.conversations.items.list(conversation.id, { order: "asc" })) items.push(item.type);
  const gone = await openai.conversations.delete(conversation.id);
  return {
    texts: [first.output_text, second.output_text],
    tokens: first.usage?.total_tokens,
    items,
    deleted: gone.deleted,
  };
}

async function stream(): Promise<Record<string, unknown>> {
  const events = await openai.responses.create({ input: "Tell me more.", stream: true }, reference("second"));
  const types: string[] = [];
  let text = "";
  let final = "";
  for await (const event of events) {
    types.push(event.type);
    if (event.type === "response.output_text.delta") text += event.delta;
    if (event.type === "response.completed") {
      final = event.response.output
        .flatMap((item) => (item.type === "message" ? item.content : []))
        .map((part) => (part.type === "output_text" ? part.text : ""))
        .join("");
    }
  }
  return { first: types[0], last: types.at(-1), text, isWhole: text === final && text !== "" };
}

async function callFunction(): Promise<Record<string, unknown>> {
  const parameters = { type: "object", properties: { symbol: { type: "string" } }, required: ["symbol"] };
  const tools = [{ type: "function" as const, name: "get_price", strict: true, parameters }];
  await project.agents.createVersion("trader", { kind: "prompt", model, tools });
  const asked = await openai.responses.create({ input: 'call get_price {"symbol":"NVDA"}' }, reference("trader"));
  const call = asked.output.find((item) => item.type === "function_call");
  if (call === undefined) throw new Error("No function call");
  const output: OpenAI.Responses.ResponseInputItem = {
    type: "function_call_output",
    call_id: call.call_id,
    output: "912 dollars",
  };
  const answered = await openai.responses.create(
    { input: [output], previous_response_id: asked.id },
    reference("trader"),
  );
  return { name: call.name, arguments: call.arguments, answer: answered.output_text };
}

async function askForStructure(): Promise<Record<string, unknown>> {
  const schema = {
    type: "object",
    properties: { ticker: { type: "string" }, score: { type: "number", minimum: 0, maximum: 1 } },
    required: ["ticker", "score"],
    additionalProperties: false,
  };
  await project.agents.createVersion("structured", {
    kind: "prompt",
    model,
    text: { format: { type: "json_schema", name: "rating", schema, strict: true } },
  });
  const response = await openai.responses.create({ input: "Rate NVIDIA." }, reference("structured"));
  return JSON.parse(response.output_text) as Record<string, unknown>;
}

const seen = {
  agents: await manageAgents(),
  talk: await talk(),
  stream: await stream(),
  call: await callFunction(),
  structure: await askForStructure(),
};
for (const name of ["first", "second", "third", "fourth", "trader", "structured"]) await project.agents.delete(name);
process.stdout.write(`${JSON.stringify(seen)}\n`);
