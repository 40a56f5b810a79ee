import { TenureError } from "../../errors/index.ts";
import type { AgentRecord, NewRevision, RevisionRecord } from "../../registry/contract/index.ts";
import type { RemoteRevision } from "../../services/contract/index.ts";
import type { Deadline } from "../deadline.ts";
import type { Finding } from "./ask.ts";
import { adoptable, ask, askUntilSettled, changeForbidden } from "./ask-first.ts";
import { commitRevision } from "./commit.ts";
import type { ProtocolContext } from "./context.ts";
import type { Flow } from "./flow.ts";
import type { HeldLease } from "./held-lease.ts";
import { finishIntents } from "./intents.ts";
import { tellIfNear } from "./near-limit.ts";
import { refuseDraft } from "./read-back.ts";
import type { ProtocolSteps } from "./steps.ts";
import { type Ensured, newAgentOf, type Target } from "./target.ts";
import { toNewRevision, writeOnce } from "./write.ts";

/**
 * Steps 5 to 9 of the protocol, under the agent's lease: intent, ask, write once, read back, commit.
 *
 * Rejects with `lease_lost` if the lease passed on; `late` then tells what was made and may be nobody's.
 */
export async function establish(
  context: ProtocolContext,
  params: {
    readonly target: Target;
    readonly held: HeldLease;
    readonly deadline: Deadline;
    readonly steps: ProtocolSteps;
    readonly onMade: (revision: RemoteRevision) => void;
  },
): Promise<Ensured> {
  const flow: Flow = { context, ...params, startedAt: context.options.runtime.monotonic() };
  if (params.held.isFirst) return makeOrAdopt(flow, { agent: undefined, onMade: params.onMade });
  const known = await recheck(flow);
  if (known !== undefined) return { outcome: "reused", revision: known };
  const { registry } = context.options;
  params.steps.enter("recover");
  const recovered = await finishIntents(context, {
    key: params.target.key,
    held: params.held,
    signal: params.deadline.signal,
  });
  if (recovered) {
    const revision = await recheck(flow);
    if (revision !== undefined) return { outcome: "reused", revision };
  }
  const agent = await registry.agents.get({ key: params.target.key });
  await refuseChange(flow, agent);
  return makeOrAdopt(flow, { agent, onMade: params.onMade });
}

/** Somebody may have finished while we waited for the lease: without this look, 7 of 45 measured rounds made two. */
async function recheck(flow: Flow): Promise<RevisionRecord | undefined> {
  const { context, target, held, deadline } = flow;
  flow.steps.enter("recheck");
  const { registry, service } = context.options;
  const place = { key: target.key, fingerprint: target.config.fingerprint };
  const known = await registry.agents.getRevision(place);
  if (known === undefined || known.state === "deleted") return undefined;
  if (target.verify && (await service.getRevision({ ref: known.remote, signal: deadline.signal })) === undefined) {
    await registry.agents.updateRevision({ lease: held.lease, ...place, state: "deleted" });
    context.emit({
      type: "revision.missing",
      agentName: target.key.name,
      fingerprint: place.fingerprint,
      remote: known.remote,
      cause: "not in the service",
    });
    return undefined;
  }
  if (known.state === "active") return known;
  // A deletion that was begun is ended first: its request may still arrive, and would take what is given out now.
  await finishIntents(context, { key: target.key, held, signal: deadline.signal });
  if ((await registry.agents.getRevision(place))?.state === "deleted") return undefined;
  return registry.agents.updateRevision({ lease: held.lease, ...place, state: "active" });
}

async function refuseChange(flow: Flow, agent: AgentRecord | undefined): Promise<void> {
  const { target, context } = flow;
  if (target.onChange !== "fail" || agent?.current === undefined) return;
  const current = await context.options.registry.agents.getRevision({ key: target.key, fingerprint: agent.current });
  if (current === undefined || current.state === "deleted") return;
  throw changeForbidden(target, current.definition);
}

interface Making {
  readonly agent: AgentRecord | undefined;
  readonly onMade: (revision: RemoteRevision) => void;
}

/** The intent that stands for the write under way. `isUncertain`: it was sent, and something of it may be in the service or still arrive. */
interface OpenIntent {
  id: string;
  isUncertain: boolean;
}

async function makeOrAdopt(flow: Flow, making: Making): Promise<Ensured> {
  const intent: OpenIntent = { id: await writeIntent(flow), isUncertain: false };
  try {
    for (let attempt = 0; ; attempt += 1) {
      const ensured = await attemptOnce(flow, { making, intent, attempt });
      if (ensured !== undefined) return ensured;
    }
  } catch (thrown) {
    const error = TenureError.from(thrown);
    await giveUp(flow, intent, error);
    throw error;
  }
}

/** Asks, then adopts what is there or writes once. `undefined`: the service has to be asked again. */
async function attemptOnce(
  flow: Flow,
  params: { readonly making: Making; readonly intent: OpenIntent; readonly attempt: number },
): Promise<Ensured | undefined> {
  const { target, deadline, steps } = flow;
  const { making, intent, attempt } = params;
  const previous = making.agent;
  deadline.check();
  steps.enter(intent.isUncertain ? "settle" : "ask");
  const finding = intent.isUncertain ? await askUntilSettled(flow) : await ask(flow);
  const found = adoptable(flow, finding);
  if (found !== undefined) return adopt(flow, { found, finding, intent, previous });
  if (intent.isUncertain) {
    // The earlier intent stays: its write may still arrive, and recovery will look for it.
    intent.id = await writeIntent(flow);
    intent.isUncertain = false;
  }
  const revision = await write(flow, intent, attempt);
  if (revision === undefined) return undefined;
  making.onMade(revision);
  const isOurs = revision.stamp?.intentId === intent.id;
  const outcome = isOurs ? (finding.kind === "absent" ? "created" : "updated") : "adopted";
  const made = await finish(flow, {
    revision: toNewRevision(target, revision),
    intentId: intent.id,
    outcome,
    previous,
  });
  if (isOurs && "versions" in finding) tellIfNear(flow.context, target.key.name, finding.versions + 1);
  return made;
}

async function adopt(
  flow: Flow,
  params: {
    readonly found: NewRevision;
    readonly finding: Finding;
    readonly intent: OpenIntent;
    readonly previous: AgentRecord | undefined;
  },
): Promise<Ensured> {
  const { found, finding, intent, previous } = params;
  const intentId = endedBy(intent, finding);
  const adopted = await finish(flow, { revision: found, intentId, outcome: "adopted", previous });
  // Our own write, whose answer was lost, is among them.
  if (intent.isUncertain && "versions" in finding) tellIfNear(flow.context, flow.target.key.name, finding.versions);
  return adopted;
}

/** Writes once. `undefined`: the service has to be asked again, now that what it asked to be waited for is over. */
async function write(flow: Flow, intent: OpenIntent, attempt: number): Promise<RemoteRevision | undefined> {
  const { context, target, held, deadline, steps } = flow;
  steps.enter("write");
  held.assertHeld();
  // Until more is known; an unforeseen failure in the middle of it leaves it so.
  intent.isUncertain = true;
  const step = await writeOnce(context, { target, intentId: intent.id, attempt, deadline }).catch((thrown: unknown) => {
    intent.isUncertain = TenureError.from(thrown).code === "internal";
    throw thrown;
  });
  intent.isUncertain = step.kind === "made" || step.kind === "unknown";
  if (step.kind === "made") {
    if (!step.revision.draft) return step.revision;
    const refusal = await refuseDraft(context, { target, shown: step.revision, signal: deadline.signal });
    intent.isUncertain = false;
    throw refusal;
  }
  if (step.kind === "refused") throw step.error;
  deadline.noteFailure(step.error);
  if (step.kind === "not-now") await deadline.sleep(step.waitMs);
  return undefined;
}

/** The intent that a found copy ends. If another one made it, our own write may still arrive, and our intent has to stay for it. */
function endedBy(intent: OpenIntent, finding: Finding): string | undefined {
  if (!intent.isUncertain) return intent.id;
  return finding.kind === "same" ? finding.revision.stamp?.intentId : undefined;
}

/** Reports the failure, and takes the intent back if nothing of it can be in the service. */
async function giveUp(flow: Flow, intent: OpenIntent, error: TenureError): Promise<void> {
  const { context, target, held, startedAt } = flow;
  const { registry, runtime } = context.options;
  const { agentName, fingerprint, model } = target.config;
  const durationMs = runtime.monotonic() - startedAt;
  context.emit({ type: "agent.failed", agentName, fingerprint, model, code: error.code, durationMs });
  const isLost = error.code === "lease_lost" || error.code === "registry_unavailable";
  if (intent.isUncertain || isLost) return;
  await registry.intents.drop({ lease: held.lease, key: target.key, intentId: intent.id }).catch(ignoreLostLease);
}

function ignoreLostLease(thrown: unknown): void {
  // Whoever has the lease now finds the intent and ends it.
  TenureError.from(thrown);
}

async function writeIntent(flow: Flow): Promise<string> {
  const { target, held, context } = flow;
  flow.steps.enter("intend");
  const { config } = target;
  const id = context.options.runtime.newId();
  await context.options.registry.intents.create({
    lease: held.lease,
    intent: {
      id,
      key: target.key,
      kind: "create",
      serviceName: target.serviceName,
      fingerprint: config.fingerprint,
      payload: { definition: config.definition, model: config.model, webSearchEnabled: config.webSearchEnabled },
    },
    agent: newAgentOf(target),
  });
  return id;
}

interface Finish {
  readonly revision: NewRevision;
  readonly intentId: string | undefined;
  readonly outcome: Ensured["outcome"];
  readonly previous: AgentRecord | undefined;
}

async function finish(flow: Flow, result: Finish): Promise<Ensured> {
  const { context, target, held, deadline, startedAt } = flow;
  flow.steps.enter("commit");
  const revision = await commitRevision(context, { target, held, deadline, ...result });
  const facts = {
    agentName: target.key.name,
    fingerprint: target.config.fingerprint,
    remote: revision.remote,
    durationMs: context.options.runtime.monotonic() - startedAt,
  };
  const { model } = target.config;
  if (result.outcome === "created") context.emit({ type: "agent.created", ...facts, model });
  if (result.outcome === "updated")
    context.emit({ type: "agent.updated", ...facts, model, before: result.previous?.current });
  if (result.outcome === "adopted") context.emit({ type: "agent.adopted", ...facts, stamped: revision.stamped });
  return { outcome: result.outcome, revision };
}
