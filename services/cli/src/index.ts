export type { Io, Output } from './io.ts';
export { runCommandLine } from './run-command-line.ts';
export type { DemoNode } from './up/demo.ts';
export { type RunningMesh, startUp, type UpOptions } from './up/start-up.ts';
