export { agentNotFound, leaseLost, registryClosed, revisionNotFound, serviceNameTaken } from "./failures.ts";
export { assertLeaseTime } from "./lease-time.ts";
export { compareKeys, decodeCursor, encodeCursor, pageLimit, pageOf, type SortKey } from "./page.ts";
export { stepRevision } from "./revision-step.ts";
export { patchSettings } from "./settings.ts";
export { compareText } from "./text-order.ts";
export { type Listening, Waiters } from "./waiters.ts";
export { addMeterCounters, addScoreCounters, meterMatches, meterValue } from "./metering.ts";
export { assertAmount, assertReservation, RESERVATION_MEMORY_MS } from "./reservation.ts";
