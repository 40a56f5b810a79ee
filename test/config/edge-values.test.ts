import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assertAgentName,
  assertScope,
  assertSessionId,
  parseDuration,
  readEnvironment,
} from "../../src/config/index.ts";

test("agent names are 1 to 63 letters, digits and a few signs, with a letter or digit at both ends", () => {
  for (const name of ["a", "market_analyst", "Market Analyst 2.0", "a-b", "0".repeat(63)]) assertAgentName(name);
  const refused: readonly (readonly [unknown, RegExp])[] = [
    ["", /1 to 63 characters long/],
    ["a".repeat(64), /1 to 63 characters long, got ".*"… \(64 characters\)/],
    ["_a", /begins with a letter or digit, not with "_" \(U\+005F\)/],
    ["a ", /ends with a letter or digit, not with U\+0020/],
    ["a\u0000b", /without U\+0000 at position 2/],
    ["a\u{1F600}", /without "\u{1F600}" \(U\+1F600\)/u],
    ["a\uD83D", /U\+D83D/],
    [3, /to be a text, got 3/],
    [null, /to be a text, got null/],
  ];
  for (const [name, message] of refused) assert.throws(() => assertAgentName(name), { code: "invalid_name", message });
});

test("scopes are 1 to 128 plain characters", () => {
  for (const scope of ["default", "shop-prod", "team/a:b_c.d", "x".repeat(128)]) assertScope(scope);
  for (const scope of ["", "a b", "x".repeat(129), "é", undefined]) {
    assert.throws(() => assertScope(scope), { code: "invalid_option", message: /`scope` to be 1 to 128 letters/ });
  }
});

test("session ids are 1 to 256 printable characters", () => {
  for (const id of ["s1", "user 4711 / Zürich 😀", "x".repeat(256)]) assertSessionId(id);
  for (const id of ["", "  ", "a\nb", "\uD800", "x".repeat(257), 3, null]) {
    assert.throws(() => assertSessionId(id), {
      code: "invalid_option",
      message: /`sessionId` to be 1 to 256 printable/,
    });
  }
});

test("durations are read once, in whole units", () => {
  const read = Object.entries({
    "30d": 2_592_000_000,
    "12h": 43_200_000,
    "15m": 900_000,
    "10s": 10_000,
    "500ms": 500,
    "0s": 0,
  });
  for (const [text, ms] of read) assert.equal(parseDuration(text, "keepMs"), ms);
  assert.equal(parseDuration(1500, "keep"), 1500);
  assert.ok(Object.is(parseDuration(-0, "keep"), 0));
  for (const wrong of [
    "-1d",
    "",
    "1 fortnight",
    "1.5h",
    "d",
    "1D",
    "1d ",
    "9".repeat(30) + "d",
    -1,
    1.5,
    Number.NaN,
    null,
  ]) {
    assert.throws(() => parseDuration(wrong, "--older-than"), {
      code: "invalid_option",
      message: /^Expected `--older-than` to be a duration like "30d"/,
    });
  }
});

test("the environment is read by its names, the first of two wins, blank is absent", () => {
  assert.deepEqual(
    readEnvironment({
      FOUNDRY_PROJECT_ENDPOINT: " https://a/api/projects/p ",
      AZURE_AI_PROJECT_ENDPOINT: "https://b",
      FOUNDRY_MODEL_NAME: "  ",
      AZURE_AI_MODEL_DEPLOYMENT_NAME: "gpt-4.1",
      TENURE_REGISTRY: "",
      TENURE_SCOPE: "shop-prod",
      DAILY_TOKEN_BUDGET: "100000",
    }),
    {
      endpoint: "https://a/api/projects/p",
      model: "gpt-4.1",
      registry: undefined,
      scope: "shop-prod",
      dailyTokenBudget: 100_000,
      maxTokensPerRequest: undefined,
    },
  );
});

test("a budget of 0 is a budget", () => {
  assert.equal(readEnvironment({ DAILY_TOKEN_BUDGET: "0" }).dailyTokenBudget, 0);
});

test("a wrong variable is refused by its name", () => {
  for (const count of ["-5", "1.5", "1e5", "many", "99999999999999999999"]) {
    assert.throws(() => readEnvironment({ MAX_TOKENS_PER_REQUEST: count }), {
      code: "invalid_option",
      message: `Expected \`MAX_TOKENS_PER_REQUEST\` to be a whole number of tokens from 0, got "${count}"`,
    });
  }
  assert.throws(() => readEnvironment({ TENURE_SCOPE: "a b" }), { code: "invalid_option", message: /`TENURE_SCOPE`/ });
});
