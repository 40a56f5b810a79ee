import type { JsonObject, RemoteRef } from "../../config/index.ts";
import type { AgentService, ModelEvent, ModelResponse } from "../../services/contract/index.ts";
import assert from "node:assert/strict";
import { createRevision, revisionParams, type ServiceCase, serviceCase, toArray } from "./service-under-test.ts";

async function createAgent(service: AgentService, tools: readonly JsonObject[] = []): Promise<RemoteRef> {
  const params = revisionParams("talker");
  return (await createRevision(service, { ...params, definition: { ...params.definition, tools } })).ref;
}

function finishedOf(events: readonly ModelEvent[]): ModelResponse {
  const last = events.at(-1);
  assert.equal(last?.type, "finished");
  assert.ok(last?.type === "finished");
  return last.response;
}

const ADD: JsonObject = {
  type: "function",
  name: "add",
  parameters: { type: "object", properties: { a: { type: "number" } }, required: ["a"], additionalProperties: false },
  strict: true,
};

/** One answer. */
const answerCases: readonly ServiceCase[] = [
  serviceCase("an answer has text, tokens and the items that the service sent", async ({ service }) => {
    const agent = await createAgent(service);
    const response = await service.runs.respond({ agent, input: "What is a lease?" });
    assert.equal(response.status, "completed");
    assert.notEqual(response.text, "");
    assert.notEqual(response.id, "");
    assert.ok(response.usage !== undefined && response.usage.inputTokens > 0 && response.usage.outputTokens > 0);
    assert.equal(response.usage.totalTokens, response.usage.inputTokens + response.usage.outputTokens);
    assert.ok(response.output.some(({ type }) => type === "message"));
    assert.equal(response.error, undefined);
    assert.equal(response.refusal, undefined);
  }),
  serviceCase(
    "a streamed answer starts, gives its text piece by piece, and ends with the whole",
    async ({ service }) => {
      const agent = await createAgent(service);
      const events = await toArray(service.runs.stream({ agent, input: "What is a lease?" }));
      const response = finishedOf(events);
      assert.equal(events[0]?.type, "started");
      assert.equal(events[0].type === "started" && events[0].responseId, response.id);
      const text = events.map((event) => (event.type === "text" ? event.delta : "")).join("");
      assert.equal(text, response.text);
      assert.ok(events.filter(({ type }) => type === "text").length > 1);
      assert.deepEqual(
        events.flatMap((event) => (event.type === "item" ? [event.item] : [])),
        response.output,
      );
    },
  ),
  serviceCase("leaving a stream early ends it, and the next run works", async ({ service }) => {
    const agent = await createAgent(service);
    for await (const event of service.runs.stream({ agent, input: "A long story." })) if (event.type === "text") break;
    assert.equal((await service.runs.respond({ agent, input: "And now?" })).status, "completed");
  }),
  serviceCase("a function call is handed out, and its output is taken back", async ({ service, askForCall }) => {
    const agent = await createAgent(service, [ADD]);
    const first = await service.runs.respond({ agent, input: askForCall("add", { a: 41 }) });
    const [call] = first.functionCalls;
    assert.equal(call?.name, "add");
    assert.deepEqual(JSON.parse(call?.arguments ?? ""), { a: 41 });
    const output = { type: "function_call_output", call_id: call?.callId, output: "forty-two" };
    const second = await service.runs.respond({ agent, input: [output], previousResponseId: first.id });
    assert.equal(second.status, "completed");
    assert.match(second.text, /forty-two/);
  }),
  serviceCase(
    "an answer in the background is polled to its end, and stopping it then says that it had ended",
    async ({ service }) => {
      const agent = await createAgent(service);
      let response = await service.runs.respond({ agent, input: "Take your time.", background: true });
      while (response.status === "queued" || response.status === "in_progress") {
        response = await service.runs.getResponse({ responseId: response.id });
      }
      assert.equal(response.status, "completed");
      assert.notEqual(response.text, "");
      assert.equal(await service.runs.cancel({ responseId: response.id }), false);
    },
  ),
  serviceCase("an answer is deleted once, and is not there afterwards", async ({ service }) => {
    const agent = await createAgent(service);
    const { id: conversationId } = await service.runs.createConversation();
    const { id: responseId } = await service.runs.respond({ agent, input: "For a moment.", conversationId });
    assert.equal(await service.runs.deleteResponse({ responseId }), true);
    assert.equal(await service.runs.deleteResponse({ responseId }), false);
    await assert.rejects(service.runs.getResponse({ responseId }), { code: "run_failed" });
    assert.equal((await toArray(service.runs.listItems({ conversationId }))).length, 2);
  }),
  serviceCase("an answer in the background can be stopped", async ({ service }) => {
    const agent = await createAgent(service);
    const { id } = await service.runs.respond({ agent, input: "Take your time.", background: true });
    assert.equal(await service.runs.cancel({ responseId: id }), true);
    assert.equal((await service.runs.getResponse({ responseId: id })).status, "cancelled");
  }),
];

/** Conversations. */
const conversationCases: readonly ServiceCase[] = [
  serviceCase("a conversation keeps what was said, oldest first, and is gone once deleted", async ({ service }) => {
    const agent = await createAgent(service);
    const { id } = await service.runs.createConversation({ metadata: { user: "u1" } });
    await service.runs.respond({ agent, input: "First question.", conversationId: id });
    finishedOf(await toArray(service.runs.stream({ agent, input: "Second question.", conversationId: id })));
    const items = await toArray(service.runs.listItems({ conversationId: id }));
    const said = items.filter(({ type }) => type === "message").map(({ role, text }) => ({ role, text }));
    assert.deepEqual(
      said.map(({ role }) => role),
      ["user", "assistant", "user", "assistant"],
    );
    assert.equal(said[0]?.text, "First question.");
    assert.equal(said[2]?.text, "Second question.");
    assert.equal(await service.runs.deleteConversation({ conversationId: id }), true);
    assert.equal(await service.runs.deleteConversation({ conversationId: id }), false);
  }),
  serviceCase("a conversation that does not exist is session_not_found", async ({ service }) => {
    const agent = await createAgent(service);
    const conversationId = (await service.runs.createConversation()).id;
    await service.runs.deleteConversation({ conversationId });
    const code = "session_not_found";
    await assert.rejects(service.runs.respond({ agent, input: "Hello?", conversationId }), { code });
    await assert.rejects(toArray(service.runs.stream({ agent, input: "Hello?", conversationId })), { code });
    await assert.rejects(toArray(service.runs.listItems({ conversationId })), { code });
  }),
  serviceCase("more than one page of items is read to the end", async ({ service }) => {
    const agent = await createAgent(service);
    const { id: conversationId } = await service.runs.createConversation();
    const input = Array.from({ length: 230 }, (_, index) => ({
      type: "message",
      role: "user",
      content: `Line ${index}.`,
    }));
    await service.runs.respond({ agent, input, conversationId });
    const texts = (await toArray(service.runs.listItems({ conversationId }))).map(({ text }) => text);
    assert.equal(texts.length, 231);
    assert.equal(texts[0], "Line 0.");
    assert.equal(texts[229], "Line 229.");
  }),
];

/** What goes wrong. */
const refusalCases: readonly ServiceCase[] = [
  serviceCase("an agent or version that is gone is agent_not_found", async ({ service }) => {
    const agent = await createAgent(service);
    const old = { ...agent, id: `${agent.name}:99`, version: "99" };
    const nobody = { id: "nobody:1", name: "nobody", version: "1" };
    for (const gone of [old, nobody]) {
      await assert.rejects(service.runs.respond({ agent: gone, input: "Hello?" }), { code: "agent_not_found" });
      await assert.rejects(toArray(service.runs.stream({ agent: gone, input: "Hello?" })), { code: "agent_not_found" });
    }
  }),
  serviceCase("a run is repeated only if the service said that it did not begin", async ({ service, inject }) => {
    const agent = await createAgent(service);
    await inject({ on: "run", kind: "throttled-with-wait" });
    assert.equal((await service.runs.respond({ agent, input: "Again." })).status, "completed");
    await inject({ on: "run", kind: "throttled-with-wait" });
    assert.equal(finishedOf(await toArray(service.runs.stream({ agent, input: "Again." }))).status, "completed");
    for (const kind of ["answer-lost", "request-lost", "server-error"] as const) {
      await inject({ on: "run", kind });
      await assert.rejects(service.runs.respond({ agent, input: "Once." }), { code: "service_unavailable" });
    }
  }),
  serviceCase("a run that is refused rejects with the code of the reason", async ({ service, inject }) => {
    const agent = await createAgent(service);
    const reasons = [
      ["unauthorized", "unauthorized"],
      ["forbidden-page", "forbidden"],
      ["wrong-endpoint", "wrong_endpoint"],
      ["bad-request", "service_refused"],
    ] as const;
    for (const [kind, code] of reasons) {
      await inject({ on: "run", kind });
      await assert.rejects(service.runs.respond({ agent, input: "Hello?" }), { name: "TenureError", code });
      await inject({ on: "run", kind });
      await assert.rejects(toArray(service.runs.stream({ agent, input: "Hello?" })), { name: "TenureError", code });
    }
  }),
  serviceCase("a signal ends the wait for an answer", async ({ service, inject }) => {
    const agent = await createAgent(service);
    const signal = AbortSignal.abort();
    await assert.rejects(service.runs.respond({ agent, input: "Hello?", signal }), { code: "aborted" });
    await inject({ on: "run", kind: "no-answer" });
    const controller = new AbortController();
    const pending = service.runs.respond({ agent, input: "Hello?", signal: controller.signal });
    setImmediate(() => controller.abort());
    await assert.rejects(pending, { code: "aborted" });
  }),
];

/** Runs and conversations. */
export const runCases: readonly ServiceCase[] = [...answerCases, ...conversationCases, ...refusalCases];
