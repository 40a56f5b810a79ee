/** Longest agent name. */
const NAME_LENGTH = 63;

/** A name of its own for an agent that is not shared: the caller's, shortened if need be, and the random end of an id. */
export function ephemeralName(agentName: string, id: string): string {
  const suffix = `-x${id.replaceAll("-", "").slice(-12)}`;
  return `${agentName.slice(0, NAME_LENGTH - suffix.length)}${suffix}`;
}
