export { keyRingBeside, settings } from './config.ts';
export type { OnRpcBoundary, RpcPhase } from './plugins/call-plugin.ts';
export type { ConnectPlugin, PluginConnection } from './plugins/plugin-instance.ts';
export { readKeyRing } from './read-key-ring.ts';
export { type Scheduler, systemScheduler } from './scheduler.ts';
export { type Conductor, type ConductorOptions, startConductor } from './start-conductor.ts';
