import assert from "node:assert/strict";
import { test } from "node:test";
import type { TenureErrorCode } from "../../src/errors/index.ts";
import { parseEndpoint } from "../../src/services/foundry/endpoint.ts";
import { FoundryAgentService } from "../../src/services/foundry/index.ts";

const refused: readonly (readonly [endpoint: unknown, code: TenureErrorCode, message: RegExp])[] = [
  [undefined, "endpoint_missing", /FOUNDRY_PROJECT_ENDPOINT.*npx tenure emulator/],
  [null, "endpoint_missing", /FOUNDRY_PROJECT_ENDPOINT/],
  ["", "endpoint_missing", /FOUNDRY_PROJECT_ENDPOINT/],
  ["  \n", "endpoint_missing", /FOUNDRY_PROJECT_ENDPOINT/],
  [42, "invalid_endpoint", /got number/],
  [new URL("https://a.example/api/projects/p"), "invalid_endpoint", /got a URL object/],
  ["acct.services.ai.azure.com/api/projects/p", "invalid_endpoint", /no URL/],
  ["ftp://a.example/api/projects/p", "invalid_endpoint", /ftp:/],
  ["http://a.example/api/projects/p", "invalid_endpoint", /plain http to a\.example/],
  ["http://127.0.0.1.evil.example/api/projects/p", "invalid_endpoint", /plain http/],
  ["https://u:secret-word@a.example/api/projects/p", "invalid_endpoint", /credentials/],
  ["https://a.example/api/projects/p?api-version=v1", "invalid_endpoint", /query/],
  ["https://a.example/api/projects/p#x", "invalid_endpoint", /fragment/],
  ["https://a.example", "endpoint_not_project", /a\.example/],
  ["https://a.example/", "endpoint_not_project", /api\/projects\/PROJECT/],
  ["https://a.example/api/projects", "endpoint_not_project", /api\/projects/],
  ["https://a.example/api/projects/", "endpoint_not_project", /api\/projects/],
  ["https://a.example/openai/v1", "endpoint_not_project", /openai\/v1/],
  ["https://a.example/api/projects/p/openai/v1", "endpoint_not_project", /use https:\/\/a\.example\/api\/projects\/p$/],
  ["https://a.example/api/projects/p/", "endpoint_trailing_slash", /Use https:\/\/a\.example\/api\/projects\/p$/],
  ["https://a.example/api/projects/p//", "endpoint_trailing_slash", /Use https:\/\/a\.example\/api\/projects\/p$/],
];

for (const [endpoint, code, message] of refused) {
  test(`the endpoint ${String(endpoint).trim() || JSON.stringify(endpoint)} is refused with ${code}`, () => {
    assert.throws(() => parseEndpoint(endpoint), { name: "TenureError", code, message });
  });
}

test("no part of a password in an endpoint is shown", () => {
  for (const endpoint of ["https://u:secret-word@a.example/api/projects/p", "https://u:secret-word@[/api"]) {
    assert.throws(
      () => parseEndpoint(endpoint),
      (error: Error) => !`${error.stack}${JSON.stringify(error)}`.includes("secret-word"),
    );
  }
});

test("two spellings of one endpoint are one location", () => {
  const locations = [
    "https://acct.services.ai.azure.com/api/projects/Shop",
    "https://ACCT.services.ai.azure.com:443/api/projects/Shop",
    " https://acct.services.ai.azure.com/api/projects/Shop\n",
  ].map((endpoint) => new FoundryAgentService({ endpoint }).location);
  assert.deepEqual(new Set(locations), new Set(["foundry:https://acct.services.ai.azure.com/api/projects/Shop"]));
});

test("a gateway may put segments before the project's path", () => {
  const { url } = parseEndpoint("https://gateway.example/foundry/eu/api/projects/p");
  assert.equal(url, "https://gateway.example/foundry/eu/api/projects/p");
});

test("plain http is taken for every name of this machine", () => {
  for (const host of ["localhost", "127.0.0.1", "127.8.9.1", "[::1]", "foundry.localhost"]) {
    assert.equal(parseEndpoint(`http://${host}:8080/api/projects/p`).isLoopback, true);
  }
});
