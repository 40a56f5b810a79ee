import type { Fingerprint } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import type { Stamp } from "../contract/index.ts";

/** Every key that is Tenure's. Callers' metadata may not use the prefix (`AgentConfig.metadata`). */
const PREFIX = "tenure_";
/** The service's limit (`models.tsp`): 16 pairs, keys of 64, values of 512 characters. */
const MAX_PAIRS = 16;
const MAX_KEY_LENGTH = 64;
const MAX_VALUE_LENGTH = 512;

const KEYS = {
  scope: "tenure_scope",
  agentName: "tenure_agent",
  fingerprint: "tenure_fingerprint",
  intentId: "tenure_intent",
  ephemeralOwner: "tenure_owner",
} as const satisfies Record<keyof Stamp, string>;

/**
 * The caller's tags and the stamp as one version's metadata. Throws `invalid_option` for what the service would refuse or cut,
 * since a stamp that is not whole is no stamp.
 */
export function toServiceMetadata(metadata: Readonly<Record<string, string>>, stamp: Stamp): Record<string, string> {
  const pairs: [key: string, value: string][] = [
    ...Object.entries(metadata),
    [KEYS.scope, stamp.scope],
    [KEYS.agentName, stamp.agentName],
    [KEYS.fingerprint, stamp.fingerprint],
    [KEYS.intentId, stamp.intentId],
  ];
  if (stamp.ephemeralOwner !== undefined) pairs.push([KEYS.ephemeralOwner, stamp.ephemeralOwner]);
  const clash = Object.keys(metadata).find((key) => key.startsWith(PREFIX));
  if (clash !== undefined) throw refuse(`a key without the prefix ${PREFIX}`, clash);
  if (pairs.length > MAX_PAIRS) throw refuse(`at most ${MAX_PAIRS} pairs with the stamp's`, `${pairs.length}`);
  for (const [key, value] of pairs) {
    if (key.length > MAX_KEY_LENGTH) throw refuse(`a key of at most ${MAX_KEY_LENGTH} characters`, key);
    if (value.length > MAX_VALUE_LENGTH) {
      throw refuse(`${key} to have at most ${MAX_VALUE_LENGTH} characters`, `${value.length}`);
    }
  }
  return Object.fromEntries(pairs);
}

/** The stamp in a version's metadata; `undefined` if a part is missing or malformed. */
export function readStamp(metadata: Readonly<Record<string, string>>): Stamp | undefined {
  const scope = metadata[KEYS.scope];
  const agentName = metadata[KEYS.agentName];
  const fingerprint = metadata[KEYS.fingerprint];
  const intentId = metadata[KEYS.intentId];
  const ephemeralOwner = metadata[KEYS.ephemeralOwner];
  if (isBlank(scope) || isBlank(agentName) || isBlank(intentId) || !isFingerprint(fingerprint)) return undefined;
  if (ephemeralOwner === undefined) return { scope, agentName, fingerprint, intentId };
  return isBlank(ephemeralOwner) ? undefined : { scope, agentName, fingerprint, intentId, ephemeralOwner };
}

/** A version's metadata without anything of Tenure's. */
export function withoutStamp(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !key.startsWith(PREFIX)));
}

function isBlank(value: string | undefined): value is undefined | "" {
  return value === undefined || value === "";
}

/** Fingerprints of later versions count too: their agents are somebody's, and never those of this program. */
function isFingerprint(value: string | undefined): value is Fingerprint {
  return value !== undefined && /^v[1-9]\d*:[0-9a-f]{64}$/.test(value);
}

function refuse(expected: string, got: string): TenureError {
  return new TenureError("invalid_option", `Expected \`metadata\` to be ${expected}, got ${got}.`);
}
