import { registry001 } from "./001-registry.ts";
import { llmops002 } from "./002-llmops.ts";
import { aliases003 } from "./003-aliases.ts";
import { runs004 } from "./004-runs.ts";
import { leaseTimes005 } from "./005-lease-times.ts";
import type { Migration } from "./migration.ts";

export type { Migration } from "./migration.ts";

/** All steps, in order. */
export const MIGRATIONS: readonly Migration[] = [registry001, llmops002, aliases003, runs004, leaseTimes005];
