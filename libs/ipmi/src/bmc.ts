export { type Bmc, createBmc, DEFAULT_DEVICE } from './bmc/create-bmc.ts';
export { type Asker, Completion, type Handler, handler } from './bmc/handlers.ts';
export type { BmcFaults, BmcOptions, Chassis } from './bmc/options.ts';
export type { SerialPort } from './bmc/serial-port.ts';
export { type BmcServer, serveBmc } from './bmc/serve-bmc.ts';
export type { BmcSession } from './bmc/sessions.ts';
export type { BmcUser } from './bmc/user.ts';
export {
  canSend,
  SOL_DEFAULTS,
  type SolConfig,
  type SolEffect,
  type SolEvent,
  type SolState,
  type SolStep,
  solStart,
  solStep,
  solWakesAt,
} from './sol/machine.ts';
export { createSolStream, type SolStream, type SolStreamOptions } from './sol/stream.ts';
