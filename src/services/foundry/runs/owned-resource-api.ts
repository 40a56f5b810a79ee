import { TenureError } from "../../../errors/index.ts";
import type { OwnedResources } from "../../contract/index.ts";
import type { FoundryTransport } from "../http/transport.ts";
import type { FoundrySettings } from "../options.ts";
import type { RunSubject } from "./run-failure.ts";
import { RunSender } from "./run-sender.ts";

/** Below `/openai/v1`, as the OpenAI client has them. */
const PATHS = { "vector-store": "/vector_stores", file: "/files" } as const;

/** Vector stores and files of the project. */
export class OwnedResourceApi implements OwnedResources {
  readonly #sender: RunSender;

  constructor(settings: FoundrySettings, transport: FoundryTransport) {
    this.#sender = new RunSender(settings, transport);
  }

  async delete({ kind, id, signal }: Parameters<OwnedResources["delete"]>[0]): Promise<boolean> {
    const path = `${PATHS[kind]}/${encodeURIComponent(id)}`;
    const subject: RunSubject = { request: `DELETE ${path}` };
    try {
      // Repeated as reads are: what is gone stays gone.
      await this.#sender.read({ method: "delete", path, signal, subject });
      return true;
    } catch (error) {
      if (error instanceof TenureError && isGone(error)) return false;
      throw error;
    }
  }
}

/** OpenAI answers 404 with no code of its own, Foundry with `not_found`; code `404` means a wrong project. */
function isGone({ status, details }: TenureError): boolean {
  return status === 404 && details["serviceCode"] !== "404";
}
