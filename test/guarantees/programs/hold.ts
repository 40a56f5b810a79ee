/** Asks for one agent and tells each step of the protocol, so that the parent can end it at a chosen one. */
import { subscribe } from "node:diagnostics_channel";
import { openManager, type Place, readInput, tell } from "./place.ts";

const place = readInput<Place>();
subscribe("tenure:protocol-step", (message) => tell(message));
const manager = openManager(place);
const agent = await manager.getOrCreateAgent({ agentName: "analyst", instructions: "Hold." });
tell({ remote: agent.remote.id });
await manager.close();
