export { type Clock, systemClock } from './clock.ts';
export { type AsfMessage, encodeAsf, parseAsf } from './codec/asf.ts';
export {
  encodeRequest,
  encodeResponse,
  NET_FN,
  parseRequest,
  parseResponse,
  type Request,
  type Response,
} from './codec/message.ts';
export { encodePacket, PAYLOAD, type Packet, parsePacket } from './codec/packet.ts';
export { encodeRmcp, parseRmcp, RMCP_PORT } from './codec/rmcp.ts';
export { encodeSol, OPERATION, parseSol, SOL_STATUS, type SolPacket } from './codec/sol.ts';
export { COMPLETION, STATUS } from './codec/status.ts';
export {
  ACTIVATE,
  type ActivatePayloadRequest,
  type ActivatePayloadResponse,
  activatePayload,
} from './commands/activate-payload.ts';
export { type AuthCapabilities, getAuthCapabilities } from './commands/auth-capabilities.ts';
export {
  BOOT_PARAMETER,
  type BootDevice,
  type BootFlags,
  encodeBootFlags,
  getBootOption,
  parseBootFlags,
  setBootOption,
} from './commands/boot-options.ts';
export { type ChassisAction, chassisControl } from './commands/chassis-control.ts';
export { type ChassisStatus, getChassisStatus } from './commands/chassis-status.ts';
export { getCipherSuites, parseSuiteRecords } from './commands/cipher-suites.ts';
export { closeSession } from './commands/close-session.ts';
export type { Command } from './commands/command.ts';
export { deactivatePayload } from './commands/deactivate-payload.ts';
export { type DeviceId, getDeviceId } from './commands/device-id.ts';
export { SOL_INSTANCE, SOL_PAYLOAD } from './commands/payload.ts';
export { getPayloadInstance, type PayloadInstanceInfo } from './commands/payload-instance.ts';
export { getPayloadActivation, type PayloadActivation } from './commands/payload-status.ts';
export { getSessionInfo } from './commands/session-info.ts';
export { PRIVILEGE, type PrivilegeName } from './commands/set-privilege.ts';
export {
  getSolConfig,
  parseSolParameter,
  SOL_PARAMETER,
  type SolConfig as SolParameters,
  setSolConfig,
} from './commands/sol-config.ts';
export { getUserPayloadAccess, setUserPayloadAccess } from './commands/user-payload-access.ts';
export { getUserAccess, getUserName } from './commands/users.ts';
export { DEFAULT_SUITES, SUITES } from './crypto/suites.ts';
export { IPMI_ERRORS, IpmiError, type IpmiErrorCode, type IpmiErrorDetails } from './errors.ts';
export { getBootDevice, setBootDevice } from './operations/boot-device.ts';
export { pingBmc } from './operations/ping-bmc.ts';
export { readSolParameters } from './operations/sol-parameters.ts';
export { AUTO_CURES, isQuirkName, NO_QUIRKS, QUIRKS, type QuirkName, type Quirks } from './quirks.ts';
export type { RunOptions } from './session/command-queue.ts';
export { openSession } from './session/open-session.ts';
export type { SessionOptions, SessionTimeouts } from './session/options.ts';
export type { Session, SessionCounters, SessionInfo } from './session/session.ts';
export type { ActivateSolOptions } from './sol/activate.ts';
export type { SolLine } from './sol/line.ts';
export {
  createTransport,
  type TransportOptions,
  type UdpTransport,
} from './transport/create-transport.ts';
export type { Flow, FlowOptions, Transport } from './transport/transport.ts';
