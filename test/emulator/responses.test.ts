import assert from "node:assert/strict";
import { test } from "node:test";
import { APIError, NotFoundError } from "openai";
import { openAiClient, openEmulatedOpenAi } from "../support/emulated-openai.ts";

function refusal(status: number, code: string, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof APIError, String(error));
    assert.deepEqual([error.status, error.code], [status, code]);
    assert.match(error.message, message);
    return true;
  };
}

test("an agent's answer says that it is emulated, names the version and repeats the question", async () => {
  await using at = await openEmulatedOpenAi();
  const analyst = await at.agent("analyst");
  const response = await at.client.responses.create({ input: 'What is a "P/E ratio"?', ...analyst });
  assert.equal(response.status, "completed");
  assert.match(response.output_text, /^\[tenure emulator\] analyst:1 on gpt-4\.1/u);
  assert.ok(response.output_text.includes('What is a "P/E ratio"?'));
  assert.deepEqual(Reflect.get(response, "agent_reference"), { ...analyst.agent_reference, version: "1" });
  assert.match(response.id, /^resp_/u);
  assert.equal(response.output[0]?.id?.slice(0, 4), "msg_");
});

test("the same question to two fresh emulators has the same answer and the same cost", async () => {
  const ask = async (): Promise<unknown> => {
    await using at = await openEmulatedOpenAi();
    const { output_text, usage } = await at.client.responses.create({ model: "gpt-4.1", input: "Why?" });
    return { output_text, usage };
  };
  assert.deepEqual(await ask(), await ask());
});

test("a call by name follows the newest version, a pinned call stays", async () => {
  await using at = await openEmulatedOpenAi();
  const byName = await at.agent("analyst");
  await at.agent("analyst", { temperature: 0.5 });
  const pinned = { agent_reference: { ...byName.agent_reference, version: "1" } };
  assert.match((await at.client.responses.create({ input: "a", ...byName })).output_text, /analyst:2/u);
  assert.match((await at.client.responses.create({ input: "a", ...pinned })).output_text, /analyst:1/u);
});

test("a conversation remembers earlier turns and gathers every item", async () => {
  await using at = await openEmulatedOpenAi();
  const analyst = await at.agent("analyst");
  const { id: conversation } = await at.client.conversations.create();
  await at.client.responses.create({ input: "First question", conversation, ...analyst });
  const second = await at.client.responses.create({ input: "Second question", conversation, ...analyst });
  assert.match(second.output_text, /turn 2, after: "First question"/u);
  const items = await at.client.conversations.items.list(conversation, { order: "asc" });
  assert.deepEqual(
    items.data.map((item) => (item.type === "message" ? item.role : item.type)),
    ["user", "assistant", "user", "assistant"],
  );
});

test("a chain of previous responses remembers as well", async () => {
  await using at = await openEmulatedOpenAi();
  const first = await at.client.responses.create({ model: "m", input: "First question" });
  const second = await at.client.responses.create({ model: "m", input: "Second", previous_response_id: first.id });
  const third = await openAiClient(at.emulator).responses.create({
    model: "m",
    input: "Third",
    previous_response_id: second.id,
  });
  assert.match(third.output_text, /turn 3, after: "Second"/u);
  const input = await at.client.responses.inputItems.list(third.id);
  assert.equal(input.data.length, 1);
});

test("the agent's own endpoint needs no reference and reads its responses back", async () => {
  await using at = await openEmulatedOpenAi();
  await at.agent("analyst");
  const client = openAiClient(at.emulator, "analyst");
  const response = await client.responses.create({ input: "hi" });
  assert.match(response.output_text, /analyst:1/u);
  assert.equal((await client.responses.retrieve(response.id)).output_text, response.output_text);
  await client.responses.delete(response.id);
  await assert.rejects(client.responses.retrieve(response.id), NotFoundError);
});

test("what the service refuses is refused with its status, its code and its words", async () => {
  await using at = await openEmulatedOpenAi();
  const analyst = await at.agent("analyst");
  const { responses } = at.client;
  const tools = [{ type: "web_search" as const }];
  const retired = { agent: analyst.agent_reference };
  const nobody = { agent_reference: { type: "agent_reference", name: "nobody" } };
  const absent = { agent_reference: { type: "agent_reference", name: "analyst", version: "9" } };
  const { id: conversation } = await at.client.conversations.create();
  const { id: previous_response_id } = await responses.create({ model: "m", input: "a" });
  const cases: readonly [() => Promise<unknown>, number, string, RegExp][] = [
    [
      () => responses.create({ input: "a", tools, ...analyst }),
      400,
      "invalid_payload",
      /Not allowed when agent is specified\./u,
    ],
    [() => responses.create({ input: "a", ...retired }), 400, "invalid_payload", /deprecated.*agent_reference/u],
    [() => responses.create({ input: "a", ...nobody }), 404, "not_found", /Agent nobody doesn't exist/u],
    [() => responses.create({ input: "a", ...absent }), 404, "not_found", /version 9/u],
    [() => responses.create({ input: "a", conversation: "conv_0", ...analyst }), 404, "not_found", /conv_0/u],
    [
      () => responses.create({ input: "a", previous_response_id: "resp_0", ...analyst }),
      400,
      "previous_response_not_found",
      /resp_0/u,
    ],
    [
      () => responses.create({ input: "a", conversation, previous_response_id, ...analyst }),
      400,
      "mutually_exclusive_parameters",
      /conversation/u,
    ],
    [() => responses.create({ input: "a" }), 400, "missing_required_parameter", /model/u],
    [() => responses.create({ model: "m" }), 400, "missing_required_parameter", /input/u],
    [() => responses.create({ model: "m", input: "a", temperature: 3 }), 400, "invalid_payload", /from 0 to 2, got 3/u],
    [
      () => responses.create({ model: "m", input: "a", max_output_tokens: 0 }),
      400,
      "invalid_payload",
      /whole number from 1/u,
    ],
  ];
  for (const [call, status, code, message] of cases) await assert.rejects(call(), refusal(status, code, message));
  const { data } = await at.client.conversations.items.list(conversation);
  assert.deepEqual(data, []);
});

test("a disabled agent answers with a conflict", async () => {
  await using at = await openEmulatedOpenAi();
  const analyst = await at.agent("analyst");
  await at.call("POST", "/agents/analyst:disable");
  await assert.rejects(
    at.client.responses.create({ input: "a", ...analyst }),
    refusal(409, "agent_disabled", /analyst/u),
  );
});

test("a tiny output limit cuts the answer, and the response says why it is incomplete", async () => {
  await using at = await openEmulatedOpenAi();
  const response = await at.client.responses.create({ model: "m", input: "a long story", max_output_tokens: 5 });
  assert.equal(response.status, "incomplete");
  assert.deepEqual(response.incomplete_details, { reason: "max_output_tokens" });
  assert.equal(response.usage?.output_tokens, 5);
  assert.ok(response.output_text.length > 0);
});

test("a message can ask for a content filter, a refusal or a failure", async () => {
  await using at = await openEmulatedOpenAi();
  const { id: conversation } = await at.client.conversations.create();
  const ask = (input: string) => at.client.responses.create({ model: "m", input, conversation });
  const failed = await ask("emulate failed");
  assert.equal(failed.status, "failed");
  assert.equal(failed.error?.code, "server_error");
  assert.deepEqual((await at.client.conversations.items.list(conversation)).data, []);
  const filtered = await ask("emulate content_filter");
  assert.deepEqual(filtered.incomplete_details, { reason: "content_filter" });
  const refused = await ask("emulate refusal");
  const [item] = refused.output;
  assert.equal(item?.type === "message" && item.content[0]?.type, "refusal");
});

test("a response that is not stored cannot be read", async () => {
  await using at = await openEmulatedOpenAi();
  const response = await at.client.responses.create({ model: "m", input: "a", store: false });
  await assert.rejects(at.client.responses.retrieve(response.id), NotFoundError);
});

test("instructions take the structured inputs of the request, or their defaults", async () => {
  await using at = await openEmulatedOpenAi();
  const analyst = await at.agent("analyst", {
    instructions: "Speak {{language}} to {{ name }} about {{unknown}}.",
    structured_inputs: { language: { default_value: "French" }, name: { required: true } },
  });
  const inputs = { structured_inputs: { name: "Ada" } };
  const response = await at.client.responses.create({
    input: "a",
    ...analyst,
    ...inputs,
  });
  assert.equal(response.instructions, "Speak French to Ada about {{unknown}}.");
});

test("a continued conversation reports the repeated part of a long prompt as cached", async () => {
  await using at = await openEmulatedOpenAi();
  const analyst = await at.agent("analyst", { instructions: "Be brief and careful. ".repeat(300) });
  const { id: conversation } = await at.client.conversations.create();
  const first = await at.client.responses.create({ input: "a", conversation, ...analyst });
  const second = await at.client.responses.create({ input: "b", conversation, ...analyst });
  assert.equal(first.usage?.input_tokens_details.cached_tokens, 0);
  const { input_tokens = 0, input_tokens_details } = second.usage ?? {};
  const cached = input_tokens_details?.cached_tokens ?? 0;
  assert.equal(cached % 128, 0);
  assert.ok(cached >= 1024 && cached < input_tokens, `${cached} of ${input_tokens}`);
  assert.equal(second.usage?.total_tokens, input_tokens + (second.usage?.output_tokens ?? 0));
  const counted = await at.client.responses.inputTokens.count({ model: "m", input: "a", instructions: "Be brief." });
  assert.ok(counted.input_tokens > 5 && counted.input_tokens < 20, String(counted.input_tokens));
});
