/** How many units of the registry make one dollar: 10^-12 is fine enough for one token of the cheapest model, and sums are exact. */
export const PICO_PER_UNIT = 1_000_000_000_000n;

/** For people, limits and metrics, where a double is enough: the one that is nearest. Not negative. */
export function picoToNumber(pico: bigint): number {
  // Through text: a plain division of a bigint would cut off what is less than one.
  const digits = pico.toString().padStart(13, "0");
  return Number(`${digits.slice(0, -12)}.${digits.slice(-12)}`);
}
