import assert from "node:assert/strict";
import { test } from "node:test";
import { observeLifecycle } from "../../src/llmops/index.ts";
import { openLifecycle, variant } from "../lifecycle/lifecycle-world.ts";
import { startOtlpReceiver } from "./support/otlp-receiver.ts";
import { startTelemetrySdk } from "./support/telemetry-sdk.ts";

test("drift that was found, and the ends of cleanups, are counted by their type", async () => {
  await using receiver = await startOtlpReceiver();
  const sdk = startTelemetrySdk(receiver.url);
  await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
  const manager = world.manager();
  const { tracerProvider, meterProvider } = sdk;
  const observation = await observeLifecycle(manager, { tracerProvider, meterProvider });
  const counted = async (): Promise<Readonly<Record<string, number | undefined>>> => {
    await sdk.flush();
    const points = receiver.metrics.get("tenure.events")?.points ?? [];
    return Object.fromEntries(points.map(({ attributes, value }) => [attributes["tenure.event.type"], value]));
  };
  await manager.getOrCreateAgent(variant("Answer with figures."));
  await Array.fromAsync(manager.checkDrift());
  assert.equal((await counted())["drift.found"], undefined, "nothing has changed yet");

  const definition = { kind: "prompt", model: "gpt-4.1", instructions: "Invent figures." };
  await world.byHand("POST", "/agents/market-analyst/versions", { definition });
  await Array.fromAsync(manager.checkDrift());
  await Array.fromAsync(manager.checkDrift({ policy: "revert" }));
  await manager.cleanup({ apply: true });
  const events = await counted();
  assert.deepEqual([events["drift.found"], events["cleanup.finished"]], [2, 1]);
  observation.stop();
  await sdk.close();
});
