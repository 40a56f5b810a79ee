import type { Fleet } from "./fleet.ts";
import type { LoadFleetOptions } from "./load-fleet.ts";

/**
 * Reads and checks a fleet file (`tenure.yaml`). Rejects with `fleet_invalid`, telling everything that is wrong with line and column, `details.problems`
 * the same as data. The reader is loaded with the first call: most programs have no fleet.
 */
export async function loadFleet(file: string, options: LoadFleetOptions = {}): Promise<Fleet> {
  const reader = await import("./load-fleet.ts");
  return reader.loadFleet(file, options);
}
