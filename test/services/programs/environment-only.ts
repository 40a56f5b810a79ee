// Takes everything from the environment: endpoint, certificate, identity. Prints what it did as one line of JSON.
import { FoundryAgentService } from "../../../src/services/foundry/index.ts";

await using service = new FoundryAgentService({ endpoint: process.env["FOUNDRY_PROJECT_ENDPOINT"] });
const outcome = await service.createRevision({
  serviceName: "from-environment",
  definition: { kind: "prompt", model: process.env["FOUNDRY_MODEL_NAME"] },
  description: undefined,
  metadata: {},
  stamp: { scope: "s", agentName: "from-environment", fingerprint: `v1:${"0".repeat(64)}`, intentId: "i" },
});
if (outcome.kind !== "ok") throw outcome.error;
const { status } = await service.runs.respond({ agent: outcome.value.ref, input: "Hello?" });
console.log(JSON.stringify({ kind: outcome.kind, status }));
