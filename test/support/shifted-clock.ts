/** The machine's clock, moved on by what the test says: leases run out without waiting. Stands still between two moves. */
export function shiftedClock(): { readonly clock: () => number; readonly advance: (ms: number) => void } {
  let now = Date.now();
  return {
    clock: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
}
