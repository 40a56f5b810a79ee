import assert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "node:test";
import { ERROR_CODES, redact, TenureError, throwIfAborted } from "../../src/errors/index.ts";

test("every code has an HTTP status, an exit status and a hint that ends as a sentence", () => {
  for (const [code, facts] of Object.entries(ERROR_CODES)) {
    assert.match(code, /^[a-z]+(_[a-z]+)*$/);
    assert.ok(facts.httpStatus >= 400 && facts.httpStatus < 600, code);
    assert.ok(facts.exitCode >= 1 && facts.exitCode <= 6, code);
    assert.match(facts.hint, /\.$/, code);
  }
});

test("an error keeps its cause and says what to do", () => {
  const cause = new Error("beneath");
  const error = new TenureError("service_throttled", "Too many.", {
    cause,
    status: 429,
    requestId: "r1",
    retryable: true,
    retryAfterMs: 5,
  });
  assert.equal(error.cause, cause);
  assert.equal(error.hint, ERROR_CODES.service_throttled.hint);
  assert.equal(error.exitCode, 5);
  assert.deepEqual(error.toJSON(), {
    code: "service_throttled",
    message: "Too many.",
    hint: ERROR_CODES.service_throttled.hint,
    retryable: true,
    status: 429,
    requestId: "r1",
    retryAfterMs: 5,
  });
});

test("anything that was thrown becomes one, by the written rules", () => {
  const own = new TenureError("timeout", "Late.");
  assert.equal(TenureError.from(own), own);
  assert.equal(TenureError.from(new DOMException("gone", "AbortError")).code, "aborted");
  assert.equal(TenureError.from(new DOMException("late", "TimeoutError")).code, "timeout");
  assert.equal(TenureError.from(new Error("odd")).code, "internal");
  assert.equal(TenureError.from("odd", "run_failed").code, "run_failed");
  assert.equal(TenureError.from(undefined).message, "undefined");
});

test("a signal that has fired becomes aborted with its reason as cause, or timeout", () => {
  assert.throws(() => throwIfAborted(AbortSignal.abort("enough")), { code: "aborted", cause: "enough" });
  assert.throws(() => throwIfAborted(AbortSignal.abort(new DOMException("late", "TimeoutError"))), { code: "timeout" });
  throwIfAborted(undefined);
  throwIfAborted(new AbortController().signal);
});

const SECRETS = [
  "Authorization: Bearer abcdef0123456789",
  "token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl",
  "postgres://tenure:hunter22@db.example.com/tenure",
  "connect with password=hunter22; host=db",
  '{"api_key":"hunter22"}',
  "key sk-abcdefghijklmnop1234 was refused",
  "Endpoint=sb://x;SharedAccessKey=hunter22secret",
  "The credential gave no token: invalid_client client_secret=hunter22&grant_type=x",
  '{"azure-client-secret":"hunter22"}',
  "refresh_token: hunter22",
  "AZURE_OPENAI_API_KEY=hunter22",
  "clientSecret: 'hunter22'",
  String.raw`{"error":"{\"password\":\"hunter22\"}"}`,
  "Ocp-Apim-Subscription-Key: hunter22",
  "https://store.blob.core.windows.net/x?sv=2025-01-05&sig=hunter22%3D",
];

for (const secret of SECRETS) {
  test(`no secret is left in: ${redact(secret)}`, () => {
    const error = new TenureError("internal", secret, { hint: secret });
    const shown = `${error.message} ${error.hint} ${JSON.stringify(error)} ${inspect(error)}`;
    assert.doesNotMatch(shown, /hunter22|abcdef0123456789|c2lnbmF0dXJl|abcdefghijklmnop1234/);
  });
}

test("what is no secret stays as it is", () => {
  for (const text of [
    "The bearer of bad news.",
    "https://acct.services.ai.azure.com/api/projects/shop",
    "password is missing",
    "The design=modern switch",
    "invalid_token: The token has expired.",
    "max_output_tokens: 4096",
  ]) {
    assert.equal(redact(text), text);
  }
});

test("a long text costs no more than its length", () => {
  const from = performance.now();
  for (const piece of ["a-", "1-", "x.", "x://", "secret", "Bearer ", "eyJ", "id_", "secret "])
    redact(piece.repeat(50_000));
  // With a pattern that begins anew at every character it takes minutes; else a few hundred milliseconds.
  assert.ok(performance.now() - from < 10_000);
});
