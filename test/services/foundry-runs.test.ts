import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { TenureError } from "../../src/errors/index.ts";
import { type Runtime, systemRuntime } from "../../src/runtime/index.ts";
import type { ModelEvent, ModelResponse } from "../../src/services/contract/index.ts";
import { createRevision, revisionParams, toArray } from "../../src/testing/service/service-under-test.ts";
import { withEnv } from "../support/with-env.ts";
import { type EmulatedFoundry, impatientRuntime, openEmulatedFoundry } from "./emulated-service.ts";
import { json, openScripted } from "./scripted-server.ts";

const agent = { id: "a:1", name: "a", version: "1" };

/** Asks whole and streamed, which must come to the same. */
async function askBothWays(
  { service }: EmulatedFoundry,
  input: string,
  options: { readonly maxOutputTokens?: number; readonly tools?: readonly { readonly type: string }[] } = {},
): Promise<ModelResponse> {
  const { tools = [], ...more } = options;
  const params = revisionParams("talker");
  const { ref } = await createRevision(service, { ...params, definition: { ...params.definition, tools } });
  const whole = await service.runs.respond({ agent: ref, input, ...more });
  const last = (await toArray(service.runs.stream({ agent: ref, input, ...more }))).at(-1);
  assert.ok(last?.type === "finished");
  assert.equal(last.response.status, whole.status);
  assert.equal(last.response.text, whole.text);
  assert.equal(last.response.incompleteReason, whole.incompleteReason);
  return whole;
}

test("an answer that ran out of tokens is incomplete and says why", async () => {
  await using foundry = await openEmulatedFoundry();
  const response = await askBothWays(foundry, "Tell me everything.", { maxOutputTokens: 1 });
  assert.equal(response.status, "incomplete");
  assert.equal(response.incompleteReason, "max_output_tokens");
});

test("an answer that the content filter cut is incomplete and says why", async () => {
  await using foundry = await openEmulatedFoundry();
  const response = await askBothWays(foundry, "emulate content_filter");
  assert.equal(response.incompleteReason, "content_filter");
});

test("a failed answer is an answer, with the service's error", async () => {
  await using foundry = await openEmulatedFoundry();
  const response = await askBothWays(foundry, "emulate failed");
  assert.equal(response.status, "failed");
  assert.equal(response.error?.code, "server_error");
});

test("a refusal is told apart from text", async () => {
  await using foundry = await openEmulatedFoundry();
  const response = await askBothWays(foundry, "emulate refusal");
  assert.equal(response.text, "");
  assert.notEqual(response.refusal ?? "", "");
});

test("an MCP call that needs a person's word is handed out, and goes on after it", async () => {
  await using foundry = await openEmulatedFoundry();
  const { service } = foundry;
  const params = revisionParams("mcp");
  const tools = [{ type: "mcp", server_label: "docs", server_url: "https://mcp.example", require_approval: "always" }];
  const { ref } = await createRevision(service, { ...params, definition: { ...params.definition, tools } });
  const first = await service.runs.respond({ agent: ref, input: 'mcp lookup {"q":"lease"}' });
  const [request] = first.approvalRequests;
  assert.equal(request?.serverLabel, "docs");
  assert.equal(request?.name, "lookup");
  assert.deepEqual(JSON.parse(request?.arguments ?? ""), { q: "lease" });
  const approval = { type: "mcp_approval_response", approval_request_id: request?.id, approve: true };
  const second = await service.runs.respond({ agent: ref, input: [approval], previousResponseId: first.id });
  assert.equal(second.status, "completed");
  assert.notEqual(second.text, "");
});

test("a run names its version and nothing that the service refuses beside an agent", async () => {
  await using foundry = await openEmulatedFoundry();
  const { ref } = await createRevision(foundry.service, revisionParams("pinned"));
  const headers = { traceparent: "00-1-2-01", authorization: "Bearer somebody-else" };
  await foundry.service.runs.respond({ agent: ref, input: "Hello?", metadata: { user: "u1" }, headers });
  const request = foundry.emulator.requests({ body: true }).at(-1);
  assert.deepEqual(request?.body, {
    input: "Hello?",
    agent_reference: { type: "agent_reference", name: "pinned", version: "1" },
    metadata: { user: "u1" },
  });
});

test("headers of the caller go along, but never in place of the token", async () => {
  await using foundry = await openScripted((_, response) => json(response, 200, { id: "resp_1", status: "completed" }));
  const headers = { traceparent: "00-1-2-01", authorization: "Bearer somebody-else" };
  await foundry.service.runs.respond({ agent, input: "Hello?", headers });
  const [request] = foundry.received;
  assert.equal(request?.headers["traceparent"], "00-1-2-01");
  assert.equal(request?.headers.authorization, "Bearer static-token");
});

test("what the environment holds for api.openai.com is not sent to Foundry", async () => {
  const variables = { OPENAI_ORG_ID: "org-1", OPENAI_PROJECT_ID: "proj-1", OPENAI_BASE_URL: "https://x.example" };
  await withEnv(variables, async () => {
    await using foundry = await openScripted((_, response) =>
      json(response, 200, { id: "resp_1", status: "completed" }),
    );
    await foundry.service.runs.respond({ agent, input: "Hello?" });
    assert.deepEqual(foundry.requests, ["POST /openai/v1/responses"]);
    assert.equal(foundry.received[0]?.headers["openai-organization"], undefined);
    assert.equal(foundry.received[0]?.headers["openai-project"], undefined);
  });
});

test("a conversation and a previous response at once are refused before anything is sent", async () => {
  await using foundry = await openScripted((_, response) => json(response, 200, {}));
  const params = { agent, input: "Hello?", conversationId: "conv_1", previousResponseId: "resp_1" };
  await assert.rejects(foundry.service.runs.respond(params), { code: "invalid_option", message: /takes one/ });
  await assert.rejects(toArray(foundry.service.runs.stream(params)), { code: "invalid_option" });
  assert.deepEqual(foundry.requests, []);
});

const refusals: readonly (readonly [name: string, status: number, error: object, code: string])[] = [
  ["a filtered prompt", 400, { code: "content_filter", message: "The prompt was filtered." }, "content_filtered"],
  ["a prompt that is too long", 400, { code: "context_length_exceeded", message: "Too long." }, "service_refused"],
  [
    "a conversation in use",
    400,
    { code: "conversation_locked", message: "Another process is operating." },
    "session_busy",
  ],
  ["a lost previous response", 400, { code: "previous_response_not_found", message: "m" }, "session_not_found"],
  ["an absent agent", 404, { code: "not_found", message: "Agent conversation-bot doesn't exist" }, "agent_not_found"],
  [
    "an absent conversation, as OpenAI says it",
    404,
    { code: null, message: "Conversation with id 'conv_1' not found." },
    "session_not_found",
  ],
  [
    "an absent conversation, by its id",
    404,
    { code: "not_found", message: "No such item: conv_1" },
    "session_not_found",
  ],
  [
    "an absent deployment",
    404,
    { code: "DeploymentNotFound", message: "The API deployment does not exist." },
    "service_refused",
  ],
  ["a wrong project", 404, { code: "404", message: "Resource not found" }, "wrong_endpoint"],
  ["a disabled agent", 409, { code: "agent_disabled", message: "Agent a is disabled" }, "service_refused"],
  ["a spent quota", 429, { code: "insufficient_quota", message: "You exceeded your quota." }, "service_throttled"],
];

for (const [name, status, error, code] of refusals) {
  test(`${name} is ${code}, whole and streamed`, async () => {
    await using foundry = await openScripted((_, response) =>
      json(response, status, { error }, { "x-request-id": "r-1" }),
    );
    const params = { agent, input: "Hello?", conversationId: "conv_1" };
    await assert.rejects(foundry.service.runs.respond(params), { code, status, requestId: "r-1" });
    await assert.rejects(toArray(foundry.service.runs.stream(params)), { code, status, requestId: "r-1" });
    assert.equal(foundry.requests.length, 2);
  });
}

test("what a filter found in a question that it refused is in the error", async () => {
  const results = { hate: { filtered: false, severity: "safe" }, jailbreak: { filtered: true, detected: true } };
  const filters = [{ blocked: true, source_type: "prompt", content_filter_results: results }, "unreadable"];
  const error = { code: "content_filter", message: "The prompt was filtered.", content_filters: filters };
  await using foundry = await openScripted((_, response) => json(response, 400, { error }));
  const contentFindings = [{ source: "prompt", category: "jailbreak", filtered: true, detected: true }];
  await assert.rejects(foundry.service.runs.respond({ agent, input: "Hello?" }), (thrown) => {
    assert.ok(thrown instanceof TenureError);
    assert.deepEqual(thrown.details["contentFindings"], contentFindings);
    return true;
  });
});

test("a gateway's page in place of an answer keeps its words", async () => {
  await using foundry = await openScripted((_, response) =>
    response.writeHead(502).end("<html><h1>Upstream timed out</h1></html>"),
  );
  await assert.rejects(foundry.service.runs.respond({ agent, input: "Hello?" }), {
    code: "service_unavailable",
    status: 502,
    message: /Upstream timed out/,
  });
  assert.equal(foundry.requests.length, 1);
});

test("a run is repeated after a 503 that says when to come back, and not after one that does not", async () => {
  await using patient = await openScripted((_, response, index) =>
    index === 0
      ? json(response, 503, {}, { "retry-after": "1" })
      : json(response, 200, { id: "resp_1", status: "completed" }),
  );
  assert.equal((await patient.service.runs.respond({ agent, input: "Hello?" })).status, "completed");
  await using silent = await openScripted((_, response) => json(response, 503, {}));
  await assert.rejects(silent.service.runs.respond({ agent, input: "Hello?" }), { code: "service_unavailable" });
  assert.equal(silent.requests.length, 1);
});

test("a success that is no response is service_protocol", async () => {
  for (const body of [{}, { id: "resp_1" }, { id: "resp_1", status: "dreaming" }, []]) {
    await using foundry = await openScripted((_, response) => json(response, 200, body));
    await assert.rejects(foundry.service.runs.respond({ agent, input: "Hello?" }), { code: "service_protocol" });
  }
  await using page = await openScripted((_, response) =>
    response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
  );
  await assert.rejects(page.service.runs.respond({ agent, input: "Hello?" }), { code: "service_protocol" });
});

function startStream(response: ServerResponse): (event: object) => void {
  response.writeHead(200, { "content-type": "text/event-stream", "x-request-id": "r-7" });
  return (event) => void response.write(`data: ${JSON.stringify(event)}\n\n`);
}

const CREATED = { type: "response.created", response: { id: "resp_1", status: "in_progress" } };
const COMPLETED = { type: "response.completed", response: { id: "resp_1", status: "completed", output: [] } };
const DELTA = { type: "response.output_text.delta", delta: "Hel" };

/** Collects what came before the stream failed. */
async function collect(stream: AsyncIterable<ModelEvent>): Promise<{ events: ModelEvent[]; error: unknown }> {
  const events: ModelEvent[] = [];
  try {
    for await (const event of stream) events.push(event);
    return { events, error: undefined };
  } catch (error) {
    return { events, error };
  }
}

const endings: readonly (readonly [name: string, end: (response: ServerResponse) => void])[] = [
  ["is cut", (response) => response.destroy()],
  ["just ends", (response) => response.end()],
];

for (const [name, end] of endings) {
  test(`a stream that ${name} before its last event is unavailable, not to be retried, after what had come`, async () => {
    await using foundry = await openScripted((_, response) => {
      const write = startStream(response);
      write(CREATED);
      write(DELTA);
      setImmediate(() => end(response));
    });
    const { events, error } = await collect(foundry.service.runs.stream({ agent, input: "Hello?" }));
    assert.ok(error instanceof TenureError);
    assert.equal(error.code, "service_unavailable");
    assert.equal(error.retryable, false);
    assert.deepEqual(events, [
      { type: "started", responseId: "resp_1" },
      { type: "text", delta: "Hel" },
    ]);
    assert.equal(foundry.requests.length, 1);
  });
}

test("an error in the stream ends it with the service's words", async () => {
  await using foundry = await openScripted((_, response) => {
    startStream(response)(CREATED);
    response.end(
      'event: error\ndata: {"type":"error","code":"server_error","message":"The model fell over.","param":null}\n\n',
    );
  });
  const { error } = await collect(foundry.service.runs.stream({ agent, input: "Hello?" }));
  assert.ok(error instanceof TenureError);
  assert.equal(error.code, "run_failed");
  assert.equal(error.requestId, "r-7");
  assert.match(error.message, /server_error.*The model fell over/);
});

test("a stream that goes on or breaks after its last event has finished all the same", async () => {
  await using foundry = await openScripted((_, response) => {
    const write = startStream(response);
    write(CREATED);
    write(COMPLETED);
    write(DELTA);
    setImmediate(() => response.destroy());
  });
  const { events, error } = await collect(foundry.service.runs.stream({ agent, input: "Hello?" }));
  assert.equal(error, undefined);
  assert.deepEqual(
    events.map(({ type }) => type),
    ["started", "finished"],
  );
});

test("a stream that the service leaves open after its last event is not waited for longer than two seconds", async () => {
  const setTimer: Runtime["setTimer"] = (ms, callback) => systemRuntime.setTimer(ms === 2000 ? 0 : ms, callback);
  await using foundry = await openScripted(
    (_, response) => {
      const write = startStream(response);
      for (const event of [CREATED, COMPLETED]) write(event);
    },
    { runtime: { ...impatientRuntime(), setTimer } },
  );
  const { events, error } = await collect(foundry.service.runs.stream({ agent, input: "Hello?" }));
  assert.equal(error, undefined);
  assert.equal(events.at(-1)?.type, "finished");
});

test("the time that a caller takes over an event is not the service's", async () => {
  let running = 0;
  const setTimer: Runtime["setTimer"] = () => {
    let isRunning = true;
    running += 1;
    return {
      cancel: () => {
        running -= isRunning ? 1 : 0;
        isRunning = false;
      },
    };
  };
  await using foundry = await openScripted(
    (_, response) => {
      const write = startStream(response);
      for (const event of [CREATED, DELTA, COMPLETED]) write(event);
      response.end();
    },
    { runtime: { ...impatientRuntime(), setTimer } },
  );
  const runningMeanwhile: number[] = [];
  for await (const _ of foundry.service.runs.stream({ agent, input: "Hello?" })) runningMeanwhile.push(running);
  assert.deepEqual(runningMeanwhile.slice(0, 2), [0, 0]);
  assert.equal(running, 0);
});

test("a stream that falls silent is timeout", async () => {
  await using foundry = await openScripted((_, response) => startStream(response)(CREATED), { runTimeoutMs: 60 });
  const { events, error } = await collect(foundry.service.runs.stream({ agent, input: "Hello?" }));
  assert.ok(error instanceof TenureError);
  assert.equal(error.code, "timeout");
  assert.equal(events.length, 1);
});

test("a signal that fires in the middle of a stream ends it, and the connection", async () => {
  const gone = Promise.withResolvers<void>();
  await using foundry = await openScripted((_, response) => {
    response.on("close", () => gone.resolve());
    const write = startStream(response);
    write(CREATED);
    write(DELTA);
  });
  const controller = new AbortController();
  const stream = foundry.service.runs.stream({ agent, input: "Hello?", signal: controller.signal });
  await assert.rejects(
    async () => {
      for await (const event of stream) if (event.type === "text") controller.abort();
    },
    { code: "aborted" },
  );
  await gone.promise;
});

test("leaving the loop ends the connection", async () => {
  const gone = Promise.withResolvers<void>();
  await using foundry = await openScripted((_, response) => {
    response.on("close", () => gone.resolve());
    const write = startStream(response);
    write(CREATED);
    write(DELTA);
  });
  for await (const event of foundry.service.runs.stream({ agent, input: "Hello?" })) if (event.type === "text") break;
  await gone.promise;
});

test("events and items that are not known are passed over, and kept in the output", async () => {
  const output = [{ type: "hologram", id: "h_1", light: { blue: true } }];
  await using foundry = await openScripted((_, response) => {
    const write = startStream(response);
    write(CREATED);
    write({ type: "response.hologram.delta", delta: "x" });
    write({
      type: "response.completed",
      response: { id: "resp_1", status: "completed", output, usage: null, model: "m" },
    });
    response.end("data: [DONE]\n\n");
  });
  const { events } = await collect(foundry.service.runs.stream({ agent, input: "Hello?" }));
  const last = events.at(-1);
  assert.ok(last?.type === "finished");
  assert.deepEqual(last.response.output, output);
  assert.equal(last.response.usage, undefined);
  assert.equal(last.response.model, "m");
  assert.equal(last.response.requestId, "r-7");
});

test("tokens are the service's own, cached and reasoning ones among them", async () => {
  const usage = {
    input_tokens: 100,
    input_tokens_details: { cached_tokens: 64 },
    output_tokens: 20,
    output_tokens_details: { reasoning_tokens: 12 },
    total_tokens: 120,
  };
  await using foundry = await openScripted((_, response) =>
    json(response, 200, { id: "resp_1", status: "completed", usage }),
  );
  const response = await foundry.service.runs.respond({ agent, input: "Hello?" });
  assert.deepEqual(response.usage, {
    inputTokens: 100,
    cachedInputTokens: 64,
    outputTokens: 20,
    reasoningTokens: 12,
    totalTokens: 120,
  });
});

test("a response that the service does not keep says so", async () => {
  await using foundry = await openEmulatedFoundry();
  await assert.rejects(foundry.service.runs.getResponse({ responseId: "resp_nothing" }), {
    code: "run_failed",
    status: 404,
  });
});
