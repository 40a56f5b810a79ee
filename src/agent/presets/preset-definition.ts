/** The part of an agent's configuration that a preset gives. */
export interface PresetDefinition {
  readonly agentName: string;
  readonly description: string;
  readonly instructions: string;
  readonly enableWebSearch: boolean;
}
