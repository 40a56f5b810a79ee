/**
 * Tells a listener of the caller's. What it throws, or what its promise rejects with, is the listener's own affair: whoever tells goes on, and the process
 * does not end for it.
 */
export function tell<Event>(listener: ((event: Event) => unknown) | undefined, event: Event): void {
  void settle(listener, event);
}

async function settle<Event>(listener: ((event: Event) => unknown) | undefined, event: Event): Promise<void> {
  try {
    await listener?.(event);
  } catch {
    // See above.
  }
}
