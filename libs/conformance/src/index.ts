export { type AttachClient, attachClient, requestScreen, rfbHandshake } from './attach-client.ts';
export { type Case, requirementsOf, Skipped } from './case.ts';
export { type DoesNotApply, describeDriver, describeProvider } from './describe-driver.ts';
export { driverCases } from './driver/driver-cases.ts';
export { createDriverEnv, type DriverSubject, type NodeOptions } from './driver/environment.ts';
export { type AppOptions, createProviderEnv, type ProviderSubject } from './provider/environment.ts';
export { providerCases } from './provider/provider-cases.ts';
export { runCase } from './run-case.ts';
export { sharedLineTitles } from './shared-line-cases.ts';
