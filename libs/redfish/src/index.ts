export { RedfishError, type RedfishErrorCode, type RedfishErrorDetails } from './errors.ts';
export { isObject, type Json, type JsonObject, linkOf, property, textOf } from './json.ts';
export type { RedfishCredentials } from './log-in.ts';
export type { RedfishMessage } from './messages.ts';
export type { Answer } from './read-answer.ts';
export { type CallOptions, createRedfishClient, type RedfishClient } from './redfish-client.ts';
