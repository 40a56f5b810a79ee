import assert from "node:assert/strict";
import { TenureError, type TenureErrorCode } from "../../errors/index.ts";
import type { AgentRegistry } from "../../registry/contract/index.ts";

/** An empty registry, and a hand on its clock. */
export interface RegistryUnderTest extends AsyncDisposable {
  readonly registry: AgentRegistry;
  /** Opens the same data once more, as another process does. The subject closes it when it is disposed. */
  readonly connect: () => Promise<AgentRegistry>;
  /** Moves the registry's clock on by `ms`, and whatever waits by the clock. */
  readonly advance: (ms: number) => void | Promise<void>;
}

/** Opens one more registry, apart from all others. The case disposes it. */
export type OpenRegistry = () => Promise<RegistryUnderTest>;

/** One sentence of the contract. */
export interface RegistryCase {
  readonly name: string;
  readonly run: (open: OpenRegistry) => Promise<void>;
}

/** A case that opens one registry and closes it. */
export function registryCase(name: string, body: (subject: RegistryUnderTest) => Promise<void>): RegistryCase {
  return {
    name,
    run: async (open) => {
      await using subject = await open();
      await body(subject);
    },
  };
}

/** Expects a `TenureError` of this code, and gives it. */
export async function rejectsWith(promise: Promise<unknown>, code: TenureErrorCode): Promise<TenureError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof TenureError, `Expected a TenureError, got ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return error;
  }
  assert.fail(`Expected a rejection with ${code}, and there was none.`);
}
