import type { AgentKey, IntentRecord } from "../../registry/contract/index.ts";
import { auditEvent } from "./audit.ts";
import type { ProtocolContext } from "./context.ts";
import type { HeldLease } from "./held-lease.ts";

/** The agent whose intents are ended, by whoever has its lease. */
export interface Finishing {
  readonly key: AgentKey;
  readonly held: HeldLease;
  readonly signal: AbortSignal;
}

/** The intent has come to its end; what came of it is told. */
export async function dropIntent(
  context: ProtocolContext,
  params: Finishing,
  ended: { readonly intent: IntentRecord; readonly result: "dropped" | "duplicate-removed" | "deleted" },
): Promise<void> {
  const { key, held } = params;
  const { intent, result } = ended;
  const { id: intentId, kind, fingerprint, holder } = intent;
  await context.options.registry.intents.drop({
    lease: held.lease,
    key,
    intentId,
    events: [
      auditEvent(context, {
        type: `recovery.${result}`,
        key,
        data: { intentId, kind, fingerprint: fingerprint ?? null, holder: holder.id },
      }),
    ],
  });
  context.emit({ type: "recovery.intent", agentName: key.name, intentId, result });
}
