import { test } from "node:test";
import { serviceConformance } from "../../src/testing/service-suite.ts";
import { openEmulatedFoundry } from "./emulated-service.ts";

for (const { name, run } of serviceConformance) test(`foundry: ${name}`, () => run(openEmulatedFoundry));
