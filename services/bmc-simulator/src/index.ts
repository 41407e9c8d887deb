export { type Clock, systemClock } from './clock.ts';
export type { PowerAction } from './machine/createMachine.ts';
export type { Identity } from './machine/identity.ts';
export type { RunningMachine } from './runMachine.ts';
export {
  type Picture,
  type SimulatedMachine,
  type SimulatedMachineOptions,
  startSimulatedMachine,
} from './startSimulatedMachine.ts';
export {
  type Misbehaviour,
  misbehaviours,
  misbehaviourTable,
  parseMisbehaviour,
} from './vnc/misbehaviour.ts';
