import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { openEmulatedOpenAi } from "../support/emulated-openai.ts";

interface Upstream {
  readonly url: string;
  readonly requests: {
    readonly path: string;
    readonly key: string | undefined;
    readonly body: Record<string, unknown>;
  }[];
}

/** An OpenAI-compatible server that gives the next of `answers`, each a message or a status. */
async function openUpstream(t: TestContext, answers: readonly (Record<string, unknown> | number)[]): Promise<Upstream> {
  const requests: Upstream["requests"] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      const answer = answers[requests.length] ?? 500;
      requests.push({ path: incoming.url ?? "", key: incoming.headers.authorization, body });
      if (typeof answer === "number") outgoing.writeHead(answer).end("out of order");
      else outgoing.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, requests };
}

function completion(message: Record<string, unknown>, finish_reason = "stop"): Record<string, unknown> {
  const usage = { prompt_tokens: 11, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 2 } };
  return { choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason }], usage };
}

test("with an upstream server its model answers, with the agent's instructions, tools and history", async (t) => {
  const tool_calls = [{ id: "call_up", type: "function", function: { name: "add", arguments: '{"a":1}' } }];
  const upstream = await openUpstream(t, [
    completion({ content: null, tool_calls }, "tool_calls"),
    completion({ content: "It is 42." }),
  ]);
  await using at = await openEmulatedOpenAi({ upstream: upstream.url, upstreamKey: "secret" });
  const analyst = await at.agent("analyst", {
    temperature: 0.5,
    tools: [{ type: "function", name: "add", parameters: {} }],
  });
  const { id: conversation } = await at.client.conversations.create();
  const asked = await at.client.responses.create({ input: "What is it?", conversation, ...analyst });
  const [call] = asked.output;
  assert.ok(call?.type === "function_call");
  assert.deepEqual([call.call_id, call.name, call.arguments], ["call_up", "add", '{"a":1}']);
  assert.equal(asked.usage?.input_tokens_details.cached_tokens, 2);
  const input = [{ type: "function_call_output" as const, call_id: call.call_id, output: "42" }];
  const answered = await at.client.responses.create({ input, conversation, ...analyst });
  assert.equal(answered.output_text, "It is 42.");
  assert.equal(answered.usage?.total_tokens, 14);
  const [first, second] = upstream.requests;
  assert.deepEqual(
    [first?.path, first?.key, first?.body["model"]],
    ["/v1/chat/completions", "Bearer secret", "gpt-4.1"],
  );
  assert.equal(first?.body["temperature"], 0.5);
  assert.deepEqual(second?.body["messages"], [
    { role: "system", content: "Be brief." },
    { role: "user", content: "What is it?" },
    { role: "assistant", content: null, tool_calls },
    { role: "tool", tool_call_id: "call_up", content: "42" },
  ]);
});

test("an upstream server that fails or is not there gives a failed response with its words", async (t) => {
  const upstream = await openUpstream(t, [503]);
  await using at = await openEmulatedOpenAi({ upstream: upstream.url });
  const failed = await at.client.responses.create({ model: "m", input: "a" });
  assert.equal(failed.status, "failed");
  assert.match(failed.error?.message ?? "", /503: out of order/u);
  await using lost = await openEmulatedOpenAi({ upstream: "http://127.0.0.1:9/v1" });
  const unanswered = await lost.client.responses.create({ model: "m", input: "a" });
  assert.match(unanswered.error?.message ?? "", /did not answer/u);
});

test("an upstream answer that was cut is incomplete, and structured output goes on in its form", async (t) => {
  const upstream = await openUpstream(t, [completion({ content: "{" }, "length")]);
  await using at = await openEmulatedOpenAi({ upstream: upstream.url });
  const format = { type: "json_schema" as const, name: "n", schema: { type: "object" }, strict: true };
  const response = await at.client.responses.create({
    model: "m",
    input: "a",
    max_output_tokens: 16,
    text: { format },
  });
  assert.deepEqual(response.incomplete_details, { reason: "max_output_tokens" });
  const { type, ...json_schema } = format;
  assert.deepEqual(upstream.requests[0]?.body["response_format"], { type, json_schema });
  assert.equal(upstream.requests[0]?.body["max_tokens"], 16);
});
