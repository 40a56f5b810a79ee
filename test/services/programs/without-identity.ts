// A read without a credential where @azure/identity is not installed. Prints the error's code and message as one line of JSON.
import { registerHooks } from "node:module";
import { FoundryAgentService } from "../../../src/services/foundry/index.ts";

registerHooks({
  resolve(specifier, context, nextResolve) {
    return nextResolve(specifier === "@azure/identity" ? "@azure/identity-that-is-not-there" : specifier, context);
  },
});

await using service = new FoundryAgentService({ endpoint: "https://a.invalid/api/projects/p" });
const error: unknown = await service.get({ serviceName: "a" }).catch((reason: unknown) => reason);
console.log(JSON.stringify(error));
