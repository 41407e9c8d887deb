export type { RunningPlugin } from '@consolemesh/driver-sdk';
export type { ContainerRuntime, ContainerSpec, RuntimeContainer } from './runtime.ts';
export { type ServeProviderOptions, serveProvider } from './serve-provider.ts';
