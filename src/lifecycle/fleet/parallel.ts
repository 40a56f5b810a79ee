import { throwIfAborted } from "../../errors/index.ts";

/** Works through the items, so many at a time, in their order. Ends with the first failure; takes no further item once the signal has fired. */
export async function inParallel<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  options: { readonly parallel: number; readonly signal?: AbortSignal | undefined },
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = iterate(items);
  let failed = false;
  const run = async (): Promise<void> => {
    try {
      for (;;) {
        throwIfAborted(options.signal);
        const next = await iterator.next();
        if (failed || next.done === true) return;
        await work(next.value);
      }
    } catch (thrown) {
      failed = true;
      throw thrown;
    }
  };
  const runs = await Promise.allSettled(Array.from({ length: options.parallel }, run));
  for (const result of runs) if (result.status === "rejected") throw result.reason;
}

async function* iterate<Item>(items: Iterable<Item> | AsyncIterable<Item>): AsyncGenerator<Item, void, undefined> {
  yield* items;
}
