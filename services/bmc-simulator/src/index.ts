export { type Clock, systemClock } from './clock.ts';
export type {
  AttributeWrite,
  IdracAttributes,
  JournalEntry,
  WriteHooks,
} from './idrac/attributes/create-idrac-attributes.ts';
export type { Generation, IdracUser } from './idrac/bmc/types.ts';
export { makeCertificate } from './idrac/make-certificate.ts';
export {
  type IdracMisbehaviour,
  idracMisbehaviours,
  idracMisbehaviourTable,
  parseIdracMisbehaviour,
} from './idrac/misbehaviour.ts';
export {
  type SimulatedIdrac,
  type SimulatedIdracOptions,
  startSimulatedIdrac,
} from './idrac/start-simulated-idrac.ts';
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
export {
  type IpmiMisbehaviour,
  ipmiMisbehaviours,
  ipmiMisbehaviourTable,
  parseIpmiMisbehaviour,
} from './ipmi/misbehaviour.ts';
export { type IpmiFace, type IpmiFaceOptions, startIpmiFace } from './ipmi/start-ipmi-face.ts';
export type { BootOverride, PowerAction } from './machine/create-machine.ts';
export type { Identity } from './machine/identity.ts';
export type { Host } from './openbmc/host.ts';
export {
  type OpenbmcMisbehaviour,
  openbmcMisbehaviours,
  openbmcMisbehaviourTable,
  parseOpenbmcMisbehaviour,
} from './openbmc/misbehaviour.ts';
export {
  type SimulatedOpenbmc,
  type SimulatedOpenbmcOptions,
  startSimulatedOpenbmc,
} from './openbmc/start-simulated-openbmc.ts';
export { type RunningMachine, type RunningSerialLine, type RunOptions, runMachine } from './run-machine.ts';
export {
  parseSshMisbehaviour,
  type SshMisbehaviour,
  sshMisbehaviours,
  sshMisbehaviourTable,
} from './ssh/misbehaviour.ts';
export { type SshFace, type SshFaceOptions, startSshFace } from './ssh/start-ssh-face.ts';
export {
  type SimulatedIpmi,
  type SimulatedIpmiOptions,
  startSimulatedIpmi,
} from './start-simulated-ipmi.ts';
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
