// Prints, as one line of JSON, the packages that were loaded after each step: the import, the construction, a read without a credential.
import { registerHooks } from "node:module";

const loaded = new Set<string>();
registerHooks({
  load(url, context, nextLoad) {
    const [, name] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
    if (name !== undefined) loaded.add(name);
    return nextLoad(url, context);
  },
});

const { FoundryAgentService } = await import("../../../src/services/foundry/index.ts");
const atImport = [...loaded];
const credential = { getToken: () => Promise.reject(new Error("nobody")) };
await using service = new FoundryAgentService({ endpoint: "https://a.invalid/api/projects/p", credential });
const atConstruction = [...loaded];
await service.get({ serviceName: "a" }).catch(() => undefined);
const atFirstRead = [...loaded];
console.log(JSON.stringify({ atImport, atConstruction, atFirstRead }));
