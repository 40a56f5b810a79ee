import assert from "node:assert/strict";
import { test } from "node:test";
import { openEmulatedOpenAi } from "../support/emulated-openai.ts";

const add = {
  type: "function",
  name: "add",
  strict: true,
  parameters: {
    type: "object",
    properties: { a: { type: "integer", minimum: 3, maximum: 9 } },
    required: ["a"],
    additionalProperties: false,
  },
};

test("a message calls the agent's function, and the answer after its output contains the output", async () => {
  await using at = await openEmulatedOpenAi();
  const analyst = await at.agent("analyst", { tools: [add] });
  const asked = await at.client.responses.create({ input: 'Please add.\ncall add {"a": 4}', ...analyst });
  const [call] = asked.output;
  assert.ok(call?.type === "function_call");
  assert.equal(call.arguments, '{"a":4}');
  assert.match(call.call_id, /^call_/u);
  const answered = await at.client.responses.create({
    previous_response_id: asked.id,
    input: [{ type: "function_call_output", call_id: call.call_id, output: "forty-two" }],
    ...analyst,
  });
  assert.match(answered.output_text, /The output of add is: forty-two/u);
  assert.match(answered.output_text, /turn 1\./u);
});

test("the arguments of a call may go on over several lines, also beside other calls and braces in texts", async () => {
  await using at = await openEmulatedOpenAi();
  const analyst = await at.agent("analyst", { tools: [add] });
  const input = 'call add {\n  "a": 4,\n  "note": "a } and \\"b\\" {"\n}\ncall add {"a": 5}\ncall add {"a": 6';
  const { output } = await at.client.responses.create({ input, ...analyst });
  assert.deepEqual(
    output.map((item) => item.type === "function_call" && item.arguments),
    ['{"a":4,"note":"a } and \\"b\\" {"}', '{"a":5}'],
  );
});

test("two calls in one message are two parallel calls, and both want their output", async () => {
  await using at = await openEmulatedOpenAi();
  const analyst = await at.agent("analyst", { tools: [add] });
  const { id: conversation } = await at.client.conversations.create();
  const asked = await at.client.responses.create({ input: "call add\ncall add", conversation, ...analyst });
  const calls = asked.output.filter((item) => item.type === "function_call");
  assert.equal(calls.length, 2);
  const outputs = calls.map(({ call_id }, index) => ({
    type: "function_call_output" as const,
    call_id,
    output: `${index}`,
  }));
  const send = (input: typeof outputs) => at.client.responses.create({ input, conversation, ...analyst });
  await assert.rejects(
    send(outputs.slice(1)),
    new RegExp(`No tool output found for function call ${calls[0]?.call_id}`, "u"),
  );
  await assert.rejects(
    at.client.responses.create({ input: "never mind", conversation, ...analyst }),
    /No tool output found for function call/u,
  );
  assert.equal((await send(outputs)).status, "completed");
  const stranger = [{ type: "function_call_output" as const, call_id: "call_0", output: "1" }];
  await assert.rejects(send(stranger), /No tool call found for function call output with call_id call_0/u);
});

test("a client that sends the whole history again is not made to call again", async () => {
  await using at = await openEmulatedOpenAi();
  const analyst = await at.agent("analyst", { tools: [add] });
  const question = { role: "user" as const, content: "call add" };
  const asked = await at.client.responses.create({ input: [question], ...analyst });
  const [call] = asked.output;
  assert.ok(call?.type === "function_call");
  const output = { type: "function_call_output" as const, call_id: call.call_id, output: "42" };
  const answered = await at.client.responses.create({ input: [question, call, output], ...analyst });
  assert.match(answered.output_text, /42/u);
});

test("a function that the agent does not have is not called, and the answer says so", async () => {
  await using at = await openEmulatedOpenAi();
  const analyst = await at.agent("analyst", { tools: [add] });
  const response = await at.client.responses.create({ input: "call subtract {}", ...analyst });
  assert.match(response.output_text, /There is no tool subtract\./u);
});

test("an enforced tool choice calls with arguments that fit the schema, and none forbids calls", async () => {
  await using at = await openEmulatedOpenAi();
  const base = { model: "m", tools: [add] as const };
  const forced = await at.call("POST", "/openai/v1/responses", { ...base, input: "go", tool_choice: "required" });
  const args = /"arguments":"(.*?)","|"arguments":"(.*?)"\}/u.exec(forced.text)?.[0] ?? "";
  const a = Number(/\d+/u.exec(args)?.[0]);
  assert.ok(a >= 3 && a <= 9, forced.text);
  const none = await at.call("POST", "/openai/v1/responses", { ...base, input: "call add", tool_choice: "none" });
  assert.ok(!none.text.includes('"type":"function_call"'), none.text);
});

test("an MCP call waits for approval, runs when it comes and is left when it is denied", async () => {
  await using at = await openEmulatedOpenAi();
  const tools = [
    { type: "mcp", server_label: "docs", server_url: "https://example.com/mcp", require_approval: "always" },
  ];
  const analyst = await at.agent("analyst", { tools });
  const ask = async (approve: boolean) => {
    const asked = await at.client.responses.create({ input: 'mcp find {"q":"x"}', ...analyst });
    const [request] = asked.output;
    assert.ok(request?.type === "mcp_approval_request");
    assert.deepEqual([request.server_label, request.name, request.arguments], ["docs", "find", '{"q":"x"}']);
    return await at.client.responses.create({
      previous_response_id: asked.id,
      input: [{ type: "mcp_approval_response", approval_request_id: request.id, approve }],
      ...analyst,
    });
  };
  const approved = await ask(true);
  const [call] = approved.output;
  assert.ok(call?.type === "mcp_call");
  assert.match(call.output ?? "", /find was called with \{"q":"x"\}/u);
  assert.match(approved.output_text, /approved/u);
  const denied = await ask(false);
  assert.deepEqual(
    denied.output.map((item) => item.type),
    ["message"],
  );
  assert.match(denied.output_text, /not approved/u);
});

test("an MCP server that needs no approval is called at once", async () => {
  await using at = await openEmulatedOpenAi();
  const tools = [
    { type: "mcp", server_label: "docs", server_url: "https://example.com/mcp", require_approval: "never" },
  ];
  const analyst = await at.agent("analyst", { tools });
  const response = await at.client.responses.create({ input: "mcp docs.find", ...analyst });
  assert.deepEqual(
    response.output.map((item) => item.type),
    ["mcp_call", "message"],
  );
});

test("an agent with web search searches before it answers and cites a page", async () => {
  await using at = await openEmulatedOpenAi();
  const analyst = await at.agent("analyst", { tools: [{ type: "web_search" }] });
  const response = await at.client.responses.create({ input: "What is new? 😀".repeat(20), ...analyst });
  assert.deepEqual(
    response.output.map((item) => item.type),
    ["web_search_call", "message"],
  );
  const message = response.output[1];
  assert.ok(message?.type === "message" && message.content[0]?.type === "output_text");
  const [citation] = message.content[0].annotations;
  assert.ok(citation?.type === "url_citation");
  assert.equal(new URL(citation.url).hostname, "example.com");
  assert.ok(message.content[0].text.slice(citation.start_index, citation.end_index).includes(citation.url));
});

test("tools of a request without an agent are checked like an agent's", async () => {
  await using at = await openEmulatedOpenAi();
  const wrong = [
    [5, "tools"],
    [["add"], "tools[0]"],
    [[add, { name: "typeless" }], "tools[1]"],
    [[{ type: "function" }], "tools[0].name"],
  ] as const;
  for (const [tools, param] of wrong) {
    const request = { model: "gpt-4.1", input: "Hello", tools } as unknown as { model: string; input: string };
    await assert.rejects(at.client.responses.create(request), { status: 400, code: "invalid_payload", param });
  }
});
