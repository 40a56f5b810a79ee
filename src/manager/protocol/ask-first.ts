import { diffDefinitions, formatDiff } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import type { NewRevision, RevisionRecord } from "../../registry/contract/index.ts";
import { askService, type Finding } from "./ask.ts";
import type { Flow } from "./flow.ts";
import type { Target } from "./target.ts";
import { decideUnmanaged } from "./unmanaged.ts";
import { foreignError, toNewRevision } from "./write.ts";

/** Pauses between questions while an unknown write may still show, as parts of `settleMs`. */
const SETTLE_STEPS = [0, 0.05, 0.15, 0.3, 0.5] as const;

/** What the service holds, once. Rejects with what forbids to write beside it. */
export async function ask(flow: Flow): Promise<Finding> {
  const { target, context, deadline } = flow;
  const finding = await askService({
    service: context.options.service,
    key: target.key,
    serviceName: target.serviceName,
    fingerprint: target.config.fingerprint,
    signal: deadline.signal,
  });
  if (finding.kind === "foreign") throw foreignError(target, finding.stamp);
  if (finding.kind === "other" && target.onChange === "fail") throw changeForbidden(target, finding.latest.definition);
  return finding;
}

/** After an unknown write: asks until it shows, or long enough that a write which had arrived would have. */
export async function askUntilSettled(flow: Flow): Promise<Finding> {
  let finding: Finding | undefined;
  for (const part of SETTLE_STEPS) {
    if (part > 0) await flow.deadline.sleep(part * flow.context.options.settleMs);
    finding = await ask(flow);
    if (finding.kind === "same") return finding;
  }
  if (finding === undefined) throw new TenureError("internal", "The service was not asked.");
  return finding;
}

/** What is in the service already and will do, as the registry is to keep it. */
export function adoptable(flow: Flow, finding: Finding): NewRevision | undefined {
  if (finding.kind === "same") return toNewRevision(flow.target, finding.revision);
  if (finding.kind !== "unmanaged") return undefined;
  if (decideUnmanaged(flow.target, finding.latest) === "write-new-revision") return undefined;
  return toNewRevision(flow.target, finding.latest);
}

/** The error where `onChange` is "fail". `current`: what is there. */
export function changeForbidden(target: Target, current: RevisionRecord["definition"]): TenureError {
  const difference = diffDefinitions(current, target.config.definition);
  const message = `Agent "${target.key.name}" exists with another configuration, and \`onChange\` is "fail":\n${formatDiff(difference)}`;
  return new TenureError("change_forbidden", message, { details: { difference } });
}
