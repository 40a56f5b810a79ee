import { TenureError } from "../../errors/index.ts";
import { marketAnalyst } from "./market-analyst.ts";
import type { PresetDefinition } from "./preset-definition.ts";
import { researchAssistant } from "./research-assistant.ts";
import { technicalAdvisor } from "./technical-advisor.ts";

/** The ready-made agents by name. Their instructions may become better with a new version of Tenure: that is a new revision of the agent then. */
export const AgentPreset = Object.freeze({
  market_analyst: Object.freeze(marketAnalyst),
  research_assistant: Object.freeze(researchAssistant),
  technical_advisor: Object.freeze(technicalAdvisor),
}) satisfies Readonly<Record<string, PresetDefinition>>;

/** Name of a preset. */
export type PresetName = keyof typeof AgentPreset;

/** The preset's configuration. Throws `invalid_option` for a name that is none, and lists those that are. */
export function presetOptions(name: PresetName): PresetDefinition {
  if (Object.hasOwn(AgentPreset, name)) return AgentPreset[name];
  const known = Object.keys(AgentPreset).map((preset) => JSON.stringify(preset));
  throw new TenureError(
    "invalid_option",
    `Expected a preset's name (${known.join(", ")}), got ${JSON.stringify(name)}.`,
    {
      details: { known: Object.keys(AgentPreset) },
    },
  );
}
