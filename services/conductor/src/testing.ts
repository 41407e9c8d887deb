export { createManualScheduler, type ManualScheduler } from './testing/manual-scheduler.ts';
