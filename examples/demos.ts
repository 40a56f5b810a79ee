// `npm run demo`: the two demos, against an emulator, or against the project of FOUNDRY_PROJECT_ENDPOINT.
import { ProductionAgentManager } from "tenure";
import { agentDemo } from "./demo/agent-demo.ts";
import { managerDemo } from "./demo/manager-demo.ts";
import { title } from "./demo/output.ts";
import { DEMO_SCOPE, openProject } from "./demo/project.ts";

await using project = await openProject();
for (const demo of [managerDemo, agentDemo]) {
  await using manager = new ProductionAgentManager({
    service: project.connect(),
    model: project.model,
    scope: DEMO_SCOPE,
  });
  try {
    await demo(manager);
  } finally {
    // Also when something failed on the way: nothing is left in a real project.
    await manager.cleanupAll();
  }
}
title("At the end");
await project.showContents();
