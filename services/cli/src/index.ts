export type { Io, Output } from './io.ts';
export { runCommandLine } from './runCommandLine.ts';
export type { DemoNode } from './up/demo.ts';
export { type RunningMesh, startUp, type UpOptions } from './up/startUp.ts';
