export * from "./client.js";
export { type ErrorFacts, type ErrorKind, RegistryError } from "./errors.js";
export type { components, operations, paths } from "./schema.js";
export { type CallOptions, DEFAULT_TIMEOUT_MS } from "./sending.js";
