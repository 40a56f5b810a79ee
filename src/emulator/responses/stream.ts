import type { ResponseEvent } from "./events.ts";

/** Sends an event to whoever reads the stream; without a reader it goes nowhere. Without a `number` it gets the next one. */
export type Emit = (event: ResponseEvent, number?: number) => void;

/**
 * An event stream of whatever `produce` emits. It runs on to its end if the reader goes. If it rejects, the stream
 * ends without a last event, as a broken connection would.
 */
export function eventStream(produce: (emit: Emit) => Promise<void>): Response {
  const encoder = new TextEncoder();
  let isOpen = true;
  let next = 0;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      const emit: Emit = (event, number = next) => {
        if (isOpen) controller.enqueue(encoder.encode(frame(event, number)));
        next = number + 1;
      };
      const end = (): void => {
        if (isOpen) controller.close();
        isOpen = false;
      };
      void produce(emit).then(end, end);
    },
    cancel: () => {
      isOpen = false;
    },
  });
  return new Response(body, {
    headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" },
  });
}

function frame(event: ResponseEvent, number: number): string {
  return `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: number })}\n\n`;
}
