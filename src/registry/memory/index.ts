export { MemoryRegistry, type MemoryRegistryOptions } from "./registry.ts";
export { MemoryStore, type MemoryStoreOptions } from "./store.ts";
