export { type Clock, systemClock } from './clock.ts';
export {
  type IdracVncMisbehaviour,
  idracVncMisbehaviours,
  idracVncMisbehaviourTable,
  parseIdracVncMisbehaviour,
} from './idrac/vnc/misbehaviour.ts';
export { openVncScreen, type VncScreen, type VncScreenOptions } from './idrac/vnc/open-vnc-screen.ts';
export { machineScreen, type ScreenSource } from './idrac/vnc/screen-source.ts';
export { type IdracVnc, type IdracVncOptions, startIdracVnc } from './idrac/vnc/start-idrac-vnc.ts';
export type { IdracVncSettings } from './idrac/vnc-settings.ts';
export type { PowerAction } from './machine/create-machine.ts';
export type { Identity } from './machine/identity.ts';
export { type RunningMachine, type RunOptions, runMachine } from './run-machine.ts';
export {
  type Picture,
  type SimulatedMachine,
  type SimulatedMachineOptions,
  startSimulatedMachine,
} from './start-simulated-machine.ts';
export {
  type Misbehaviour,
  misbehaviours,
  misbehaviourTable,
  parseMisbehaviour,
} from './vnc/misbehaviour.ts';
