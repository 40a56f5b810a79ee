import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { ProductionAgentManager } from "../../src/lifecycle/index.ts";
import { AgentManager } from "../../src/manager/index.ts";
import { PostgresRegistry } from "../../src/registry/postgres/index.ts";
import { SqliteRegistry } from "../../src/registry/sqlite/index.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { withEnv } from "../support/with-env.ts";

const ENDPOINT = "https://shop.services.ai.azure.com/api/projects/shop";

/** Every variable that counts: what a test leaves out is blank, and blank is absent. */
function environment(variables: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return {
    FOUNDRY_PROJECT_ENDPOINT: ENDPOINT,
    AZURE_AI_PROJECT_ENDPOINT: "",
    FOUNDRY_MODEL_NAME: "",
    AZURE_AI_MODEL_DEPLOYMENT_NAME: "",
    TENURE_REGISTRY: "",
    TENURE_SCOPE: "",
    ...variables,
  };
}

test("the default manager is one object for as long as the environment says the same", async () => {
  await withEnv(environment(), async () => {
    await using manager = ProductionAgentManager.default();
    assert.equal(ProductionAgentManager.default(), manager);
    assert.equal(manager.service.location, `foundry:${ENDPOINT}`);
    assert.equal(manager.scope, "default");
    assert.equal(manager.model, undefined);
    assert.ok(manager.registry instanceof SqliteRegistry);
  });
});

test("each of its variables makes another default manager, and going back finds the first", async () => {
  await withEnv(environment(), async () => {
    await using first = ProductionAgentManager.default();
    const changes = {
      FOUNDRY_PROJECT_ENDPOINT: `${ENDPOINT}-2`,
      FOUNDRY_MODEL_NAME: "gpt-4.1-mini",
      TENURE_REGISTRY: "postgres://db.example.com/tenure",
      TENURE_SCOPE: "shop-prod",
    };
    for (const [name, value] of Object.entries(changes)) {
      await withEnv({ [name]: value }, async () => {
        await using other = ProductionAgentManager.default();
        assert.notEqual(other, first, name);
        if (name === "FOUNDRY_MODEL_NAME") assert.equal(other.model, value);
        if (name === "TENURE_SCOPE") assert.equal(other.scope, value);
        if (name === "TENURE_REGISTRY") assert.ok(other.registry instanceof PostgresRegistry);
      });
    }
    assert.equal(ProductionAgentManager.default(), first);
  });
});

test("the class whose default is asked for is the one that is given", async () => {
  await withEnv(environment(), async () => {
    await using whole = ProductionAgentManager.default();
    await using core = AgentManager.default();
    assert.notEqual(core, whole);
    assert.ok(!(core instanceof ProductionAgentManager));
  });
});

test("after it was closed the next default manager is a new one on the same registry file", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "deep", "registry.db");
  await withEnv(environment({ TENURE_REGISTRY: file }), async () => {
    const first = ProductionAgentManager.default();
    assert.ok(!existsSync(file), "making it opens nothing");
    assert.equal(await first.isAgentRegistered("analyst"), false);
    assert.ok(existsSync(file));
    const closing = first.close();
    await using second = ProductionAgentManager.default();
    assert.notEqual(second, first, "also while the first is still closing");
    await closing;
    assert.deepEqual(await second.listAgents(), []);
  });
});

test("without an endpoint, or with a wrong scope, there is no default manager", async () => {
  await withEnv(environment({ FOUNDRY_PROJECT_ENDPOINT: " " }), async () => {
    assert.throws(() => ProductionAgentManager.default(), { code: "endpoint_missing" });
  });
  await withEnv(environment({ TENURE_SCOPE: "no spaces, please" }), async () => {
    assert.throws(() => ProductionAgentManager.default(), { code: "invalid_option" });
  });
});
