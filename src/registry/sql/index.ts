export type { ColumnKind, SqlDialect } from "./dialect.ts";
export type { ChangeSource, Evidence, RunOptions, SignOfLife, SqlDriver, WorkKind } from "./driver.ts";
export { birthOf, type SeenHere, seeProcess } from "./process-birth.ts";
export { setSign } from "./processes.ts";
export { SqlRegistry } from "./registry.ts";
export type { SqlRow, SqlStatement, SqlValue, SqlWork } from "./work.ts";
