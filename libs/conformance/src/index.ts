export { type AttachClient, attachClient, requestScreen, rfbHandshake } from './attachClient.ts';
export { type Case, requirementsOf, Skipped } from './case.ts';
export { describeDriver, describeProvider } from './describeDriver.ts';
export { driverCases } from './driver/driverCases.ts';
export { createDriverEnv, type DriverSubject, type NodeOptions } from './driver/environment.ts';
export { type AppOptions, createProviderEnv, type ProviderSubject } from './provider/environment.ts';
export { providerCases } from './provider/providerCases.ts';
export { runCase } from './runCase.ts';
