import { TenureError } from "../../errors/index.ts";
import type { ManagerCore } from "../../manager/index.ts";
import type { ResolvedPolicies } from "./resolved-policies.ts";

/** The times that decide. */
interface Timed {
  readonly options: Pick<ManagerCore["options"], "freshMs" | "timeoutMs" | "flushMs">;
}

/**
 * The shortest grace period that is safe (P5). A process may give a known agent from memory for `freshMs` after it has looked, a look may take `timeoutMs`,
 * and its use may be written `flushMs` later: only what stays unused for all of that is certainly in nobody's hands.
 */
export function leastGraceMs({ options }: Timed): number {
  return options.freshMs + options.timeoutMs + options.flushMs;
}

/** Throws `invalid_option` if the grace period is shorter than that. `at`: where the policies stand. */
export function assertGrace(core: Timed, { graceMs }: ResolvedPolicies, at: string = "policies"): void {
  const least = leastGraceMs(core);
  if (graceMs >= least) return;
  throw new TenureError(
    "invalid_option",
    `Expected \`${at}.grace\` to be at least ${least} ms (\`freshMs + timeoutMs + flushMs\`), got ${graceMs} ms.`,
    { details: { field: `${at}.grace`, leastMs: least } },
  );
}
