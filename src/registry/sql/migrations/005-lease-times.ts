import type { Migration } from "./migration.ts";

/** How long a lease was asked for: what is left of it is never more, unless the clock was set back. Leases of before: the longest that there is. */
export const leaseTimes005: Migration = {
  version: 5,
  statements: (dialect) => [
    `ALTER TABLE ${dialect.table("leases")} ADD COLUMN ttl_ms ${dialect.types.integer} NOT NULL DEFAULT 3600000`,
  ],
};
