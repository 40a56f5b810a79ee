import { AgentManager, type ManagerOptions } from "../../../src/manager/index.ts";
import { FoundryAgentService } from "../../../src/services/foundry/index.ts";
import { openRegistry } from "../../support/open-registry.ts";

/** What a program of these tests is told. */
export interface Place {
  readonly endpoint: string;
  readonly ca: string | undefined;
  readonly token: string;
  /** A path or a `postgres://` URL. */
  readonly registry: string;
  /** Of a PostgreSQL that others use too. */
  readonly schema?: string | undefined;
}

/** What the parent passed as the first argument. */
export function readInput<Input>(): Input {
  return JSON.parse(process.argv[2] ?? "") as Input;
}

export function openManager(place: Place, options: Partial<ManagerOptions> = {}): AgentManager {
  const service = new FoundryAgentService({
    endpoint: place.endpoint,
    ca: place.ca,
    credential: {
      getToken: () => Promise.resolve({ token: place.token, expiresOnTimestamp: Date.now() + 3_600_000 }),
    },
  });
  return new AgentManager({
    service,
    registry: openRegistry(place.registry, place.schema),
    model: "gpt-4.1",
    ...options,
  });
}

/** One line of JSON for the parent. */
export function tell(line: unknown): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
