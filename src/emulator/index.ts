/** `tenure/emulator`: a local Microsoft Foundry Agent Service for development and tests. */
export type { Clock } from "./clock.ts";
export type { EmulatorStats } from "./control/control.ts";
export { FaultError, type Fault, type FaultEffect } from "./control/fault.ts";
export type { FaultReport } from "./control/fault-injector.ts";
export type { RequestLogEntry } from "./control/request-log.ts";
export { type Emulator, startEmulator } from "./emulator.ts";
export type { EmulatorCredential, IdentityToken } from "./identity.ts";
export type { EmulatorBehaviour, EmulatorOptions } from "./options.ts";
export type { ResourceCounts } from "./state.ts";
