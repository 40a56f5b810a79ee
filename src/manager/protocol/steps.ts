import { channel } from "node:diagnostics_channel";
import { TenureError } from "../../errors/index.ts";

/**
 * Where a resolution stands. `docs/guarantees.md` says what each step rests on.
 *
 * `look-up`: the registry is read. `claim`: the lease is asked or waited for. `recheck`: the registry is read again under the lease. `recover`: what others
 * left unfinished is ended. `intend`: the intent is written. `ask`: the service is read. `write`: the create is sent, once. `settle`: the service is asked
 * until an unknown write would show. `commit`: the revision is recorded with the fence. `release`: the lease is given back. `end`: the caller has its answer.
 */
export type ProtocolStep =
  | "start"
  | "look-up"
  | "claim"
  | "recheck"
  | "recover"
  | "intend"
  | "ask"
  | "write"
  | "settle"
  | "commit"
  | "release"
  | "end";

/** Which step may follow which. A write is reached only from `ask` or a new intent after `settle`: that is promise P2. */
export const PROTOCOL_STEPS: Readonly<Record<ProtocolStep, readonly ProtocolStep[]>> = {
  start: ["look-up", "claim", "end"],
  "look-up": ["claim", "end"],
  claim: ["look-up", "claim", "recheck", "intend", "end"],
  recheck: ["recover", "intend", "release"],
  recover: ["recheck", "intend", "release"],
  intend: ["ask", "write", "release"],
  ask: ["write", "commit", "release"],
  write: ["ask", "settle", "commit", "release"],
  settle: ["intend", "commit", "release"],
  commit: ["release"],
  release: ["look-up", "claim", "end"],
  end: [],
};

/** Publishes `{ agentName, step }` at every step, for diagnosis and for tests that end a process at a chosen one. Costs nothing without a subscriber. */
const stepChannel = channel("tenure:protocol-step");

/** Walks one resolution through its steps and refuses an illegal one. */
export class ProtocolSteps {
  readonly #agentName: string;
  #at: ProtocolStep = "start";

  constructor(agentName: string) {
    this.#agentName = agentName;
  }

  enter(step: ProtocolStep): void {
    if (!PROTOCOL_STEPS[this.#at].includes(step)) {
      throw new TenureError("internal", `The protocol cannot go from "${this.#at}" to "${step}".`);
    }
    this.#at = step;
    if (stepChannel.hasSubscribers) stepChannel.publish({ agentName: this.#agentName, step });
  }
}
