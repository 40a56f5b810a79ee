import type { RemoteRevision } from "../../src/services/contract/index.ts";
import type { FoundryAgentService } from "../../src/services/foundry/index.ts";

export const EDITED = "Answer with figures.\nInvent sources.\nBe brief.";

/** A service in which somebody has changed version 1 in place, as services without immutable versions allow. */
export function edited(service: FoundryAgentService): FoundryAgentService {
  const edit = (shown: RemoteRevision): RemoteRevision =>
    shown.ref.id === "market-analyst:1"
      ? { ...shown, definition: { ...shown.definition, instructions: EDITED, temperature: 0.2 } }
      : shown;
  const [get, list] = [service.getRevision.bind(service), service.listRevisions.bind(service)];
  service.getRevision = async (params) => {
    const shown = await get(params);
    return shown === undefined ? undefined : edit(shown);
  };
  service.listRevisions = async function* listEdited(params) {
    for await (const shown of list(params)) yield edit(shown);
  };
  return service;
}
