export { type Clock, systemClock } from './clock.ts';
export type { PowerAction } from './machine/create-machine.ts';
export type { Identity } from './machine/identity.ts';
export type { RunningMachine } from './run-machine.ts';
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
