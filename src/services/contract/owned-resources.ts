import type { CallOptions } from "./agent-service.ts";

/** Things beside the agents that the service keeps and that somebody pays for. */
export interface OwnedResources {
  /** `false` if it was gone. Safe to repeat. Rejects as reads do. */
  delete(params: { readonly kind: "vector-store" | "file"; readonly id: string } & CallOptions): Promise<boolean>;
}
