import { TenureError } from "../../../src/errors/index.ts";
import type { AliasRecord } from "../../../src/registry/contract/index.ts";
import type { Call } from "../calls.ts";
import type { Configuration } from "../configurations.ts";
import type { VirtualProcess } from "../virtual-process.ts";

/** Points the alias to the configuration: blindly, or only if nobody has moved it since this caller looked. */
export function setAlias(wanted: Configuration, alias: string, isCompared: boolean): Call {
  const { agentName, fingerprint } = wanted.normal;
  return {
    call: `${isCompared ? "compare and set" : "set"} alias ${alias} of ${agentName} to ${fingerprint.slice(0, 10)}`,
    run: async ({ process }) => {
      if (!isCompared) return shown(await process.manager.setAlias(agentName, alias, { to: fingerprint }));
      const expected = (await process.manager.getAlias(agentName, alias))?.moves ?? 0;
      const moved = await process.manager.setAlias(agentName, alias, { to: fingerprint, expected });
      checkMove(process, moved, { expected, to: fingerprint });
      return shown(moved);
    },
  };
}

/** The caller was told that it won: then nobody has moved the alias between its look and its move. */
function checkMove(
  process: VirtualProcess,
  moved: AliasRecord,
  wanted: { readonly expected: number; readonly to: string },
): void {
  const { expected, to } = wanted;
  if (moved.fingerprint === to && (moved.moves === expected + 1 || moved.moves === expected)) return;
  process.world.promises.broken(
    "P6 alias",
    `${process.name} moved ${moved.alias} of ${moved.key.name}, which it expected after ${expected} moves, and it has been moved ${moved.moves} times.`,
  );
}

/** The revision that the alias stands for; that it is gone, or that there is no such alias, is an answer. */
export function getByAlias(agentName: string, alias: string): Call {
  return {
    call: `get ${alias} of ${agentName}`,
    run: async ({ process }) => {
      try {
        const agent = await process.manager.getOrCreateAgent({ agentName, alias });
        process.world.promises.used(process, agent);
        return `${agent.remote.id} (${agent.outcome})`;
      } catch (thrown) {
        const error = TenureError.from(thrown);
        if (error.code === "alias_not_found") return error.code;
        throw error;
      }
    },
  };
}

export function deleteAlias(agentName: string, alias: string): Call {
  return {
    call: `delete alias ${alias} of ${agentName}`,
    run: async ({ process }) => String(await process.manager.deleteAlias(agentName, alias)),
  };
}

function shown({ moves, fingerprint }: AliasRecord): string {
  return `move ${moves} to ${fingerprint.slice(0, 10)}`;
}
