import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { TenureErrorCode } from "../../src/errors/index.ts";
import { readFailure, type ServiceFailure } from "../../src/services/foundry/http/service-failure.ts";
import { isAbsence, judge, toRefusal } from "../../src/services/foundry/outcome.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z");

function failure(status: number, body: unknown, headers: Record<string, string> = {}): ServiceFailure {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return readFailure({ status, headers: new Headers(headers), text }, NOW);
}

const error = (code: string, message = "m"): unknown => ({ error: { code, message } });

const table: readonly (readonly [name: string, ServiceFailure, kind: string, code: TenureErrorCode])[] = [
  ["a redirect", failure(307, ""), "refused", "wrong_endpoint"],
  ["a refused field", failure(400, error("invalid_payload")), "refused", "service_refused"],
  ["a refused name", failure(400, error("invalid_parameters")), "refused", "service_refused"],
  [
    "the limit of versions",
    failure(400, error("UserError", "Too many valid agent revisions")),
    "refused",
    "version_limit",
  ],
  ["the limit of tools", failure(400, error("tool_limit_exceeded")), "refused", "service_refused"],
  ["a 400 of a gateway", failure(400, "<html>Bad Request</html>"), "refused", "service_refused"],
  ["an expired token", failure(401, error("401")), "refused", "unauthorized"],
  ["a missing permission with 401", failure(401, error("PermissionDenied")), "refused", "unauthorized"],
  ["a missing role", failure(403, error("Forbidden")), "refused", "forbidden"],
  ["a firewall's page", failure(403, "<html><h1>403 Forbidden</h1></html>"), "refused", "forbidden"],
  ["a preview without opt-in", failure(403, error("preview_feature_required")), "refused", "forbidden"],
  ["an absent agent", failure(404, error("not_found")), "not-found", "agent_not_found"],
  ["a wrong project", failure(404, error("404", "Resource not found")), "refused", "wrong_endpoint"],
  ["a wrong project with a number for a code", failure(404, { error: { code: 404 } }), "refused", "wrong_endpoint"],
  ["a 404 without code", failure(404, { error: { message: "Agent a doesn't exist" } }), "refused", "wrong_endpoint"],
  ["a 404 of a gateway", failure(404, { statusCode: 404, message: "Resource not found" }), "refused", "wrong_endpoint"],
  ["a 404 page", failure(404, "<html>not_found</html>"), "refused", "wrong_endpoint"],
  ["an empty 404", failure(404, ""), "refused", "wrong_endpoint"],
  ["a method that is not allowed", failure(405, ""), "refused", "wrong_endpoint"],
  ["a slow service behind a proxy", failure(408, ""), "unknown", "service_unavailable"],
  ["a conflict", failure(409, error("conflict")), "conflict", "service_conflict"],
  ["a disabled agent", failure(409, error("agent_disabled")), "refused", "service_refused"],
  ["a precondition", failure(412, ""), "conflict", "service_conflict"],
  ["a definition that is too long", failure(413, "<html>"), "refused", "service_refused"],
  ["a definition that cannot be processed", failure(422, error("unprocessable")), "refused", "service_refused"],
  ["throttling", failure(429, error("rate_limit_exceeded")), "throttled", "service_throttled"],
  ["a client that went away", failure(499, ""), "unknown", "service_unavailable"],
  ["a failure of the service", failure(500, error("server_error")), "unknown", "service_unavailable"],
  ["a failure that says not implemented", failure(501, ""), "unknown", "service_unavailable"],
  ["a gateway without its service", failure(502, "<html>Bad Gateway</html>"), "unknown", "service_unavailable"],
  ["a busy service", failure(503, ""), "unknown", "service_unavailable"],
  ["a slow service", failure(504, ""), "unknown", "service_unavailable"],
  ["a status that no one knows", failure(700, ""), "unknown", "service_protocol"],
];

for (const [name, answer, kind, code] of table) {
  test(`${name} (${answer.status}) is ${kind} with ${code}`, () => {
    const outcome = toRefusal(answer, "POST /agents/a/versions");
    assert.equal(outcome.kind, kind);
    assert.equal(outcome.error.code, code);
    assert.equal(outcome.error.status, answer.status);
    assert.match(outcome.error.message, /POST \/agents\/a\/versions/);
  });
}

test("whatever is answered, only the code not_found with 404 says that an agent is absent", () => {
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ error: fc.anything() }).map((value) => JSON.stringify(value) ?? ""),
  );
  fc.assert(
    fc.property(fc.integer({ min: 300, max: 599 }), body, (status, text) => {
      const answer = failure(status, text);
      assert.equal(isAbsence(answer), status === 404 && answer.code === "not_found");
      assert.equal(judge(answer).kind === "unknown", status === 408 || status === 499 || status >= 500);
    }),
  );
});

test("the service's words are kept in one line, and what it says twice is said once", () => {
  const message =
    'The resource already exists or was modified concurrently.\n Please retry.\r\n\r\n{\r\n "additionalInfo":{"request_id":"r-9"}}';
  const conflict = failure(409, { error: { type: "ServiceError", code: "conflict", param: "", message } });
  assert.equal(conflict.message, "The resource already exists or was modified concurrently. Please retry.");
  assert.equal(conflict.requestId, "r-9");
});

test("of a web page only what a reader sees is kept, and not endlessly", () => {
  const page = `<html><head><style>b{}</style><title>403 Forbidden</title></head><body><h1>No&nbsp;entry</h1>${"x".repeat(5000)}</body></html>`;
  const { message } = failure(403, page, { "content-type": "text/html; charset=utf-8" });
  assert.match(message, /^a body of text\/html: 403 Forbidden No&nbsp;entry x+…$/);
  assert.ok(message.length < 700);
  assert.equal(failure(500, " \n").message, "no body");
});

test("the request's id comes from whichever place has it", () => {
  assert.equal(failure(500, "", { "x-request-id": "a", "x-ms-request-id": "c" }).requestId, "a");
  assert.equal(failure(500, "", { "apim-request-id": "b" }).requestId, "b");
  assert.equal(failure(500, "", { "x-ms-request-id": "c" }).requestId, "c");
  assert.equal(failure(500, { error: { additionalInfo: { request_id: "d" } } }).requestId, "d");
  assert.equal(failure(500, "").requestId, undefined);
});

test("the wait that the service asks for is read from every header that it may stand in", () => {
  const waits: readonly (readonly [headers: Record<string, string>, ms: number | undefined])[] = [
    [{ "retry-after": "2" }, 2000],
    [{ "retry-after": " 0.5 " }, 500],
    [{ "retry-after": "Mon, 23 Nov 2026 12:00:07 GMT" }, 7000],
    [{ "retry-after": "Mon, 23 Nov 2026 11:00:00 GMT" }, 0],
    [{ "retry-after-ms": "150", "retry-after": "9" }, 150],
    [{ "x-ms-retry-after-ms": "250" }, 250],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "" }, undefined],
    [{}, undefined],
  ];
  for (const [headers, ms] of waits) assert.equal(failure(429, "", headers).retryAfterMs, ms, JSON.stringify(headers));
});

test("a throttled write carries the wait, and a 503 too", () => {
  const throttled = toRefusal(failure(429, "", { "retry-after": "3" }), "POST /x");
  assert.equal(throttled.kind === "throttled" && throttled.retryAfterMs, 3000);
  assert.equal(toRefusal(failure(503, "", { "retry-after": "3" }), "POST /x").error.retryAfterMs, 3000);
});

test("what waiting does not help is not retryable", () => {
  const isRetryable = (answer: ServiceFailure): boolean => toRefusal(answer, "x").error.retryable;
  assert.equal(isRetryable(failure(429, error("rate_limit_exceeded"))), true);
  assert.equal(isRetryable(failure(429, error("insufficient_quota"))), false);
  assert.equal(isRetryable(failure(400, error("invalid_payload"))), false);
  assert.equal(isRetryable(failure(409, error("conflict"))), true);
});
