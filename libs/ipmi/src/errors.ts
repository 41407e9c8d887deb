/**
 * Why a conversation with a BMC could not go on: one row for each code, what it means and what to do about it.
 * The README's table is tested against this one.
 */
export const IPMI_ERRORS = {
  BAD_OPTION: { meaning: 'the caller asked for something impossible', advice: 'read the text, correct it' },
  MALFORMED: {
    meaning: 'bytes that are no valid message',
    advice: 'none; such packets are dropped and counted',
  },
  CANCELLED: { meaning: "the caller's signal ended it", advice: 'none' },
  UNREACHABLE: { meaning: 'no route or no such name', advice: 'check the address and the network' },
  REFUSED: {
    meaning: 'the machine is there, but nothing listens on this UDP port',
    advice: 'enable IPMI over LAN on the BMC, check the port',
  },
  TIMEOUT: {
    meaning: 'nothing answered, several times',
    advice: 'check address and firewall; IPMI over LAN may be disabled; try again later',
  },
  NOT_IPMI2: {
    meaning: 'the BMC speaks IPMI 1.5 only',
    advice: 'another driver; the quirk authcap skips this check',
  },
  NO_SUITE: {
    meaning: 'no wanted cipher suite is offered (`offered` tells which are)',
    advice: 'enable suite 17 or 3 on the BMC, which may need newer firmware, or ask for one that it offers',
  },
  WRONG_PASSWORD: {
    meaning: 'the BMC proved that it knows another password',
    advice: 'correct the password; never retry unchanged, BMCs lock accounts',
  },
  UNKNOWN_USER: {
    meaning: 'the BMC knows no such user, or not at this privilege',
    advice: 'correct the user name; never retry unchanged',
  },
  WRONG_KG: {
    meaning: 'user and password are right, the BMC key K_g is not',
    advice: 'give the K_g that the BMC is configured with, or none',
  },
  PRIVILEGE_REFUSED: {
    meaning: 'the user or the channel may not have this privilege level',
    advice: 'ask for a lower privilege or raise the limit on the BMC',
  },
  NO_SESSION_LEFT: {
    meaning: 'all sessions of the BMC are taken',
    advice: 'try again in a minute; sessions that were not closed end after 60 s',
  },
  PROTOCOL: {
    meaning: 'the BMC answered what no IPMI 2.0 BMC may answer here',
    advice: 'try a quirk, or the firmware’s update',
  },
  COMMAND_FAILED: {
    meaning: 'the BMC refused one command (`completionCode`)',
    advice: 'read the completion code; the session lives on',
  },
  OVERLOADED: {
    meaning: 'too many commands are waiting in this session',
    advice: 'wait for earlier ones',
  },
  SESSION_LOST: {
    meaning: 'the BMC stopped answering in a session that had worked',
    advice: 'open a new session: it was restarted or its network went away',
  },
  CLOSED: { meaning: 'this side closed the session or the line', advice: 'none' },
  SOL_BUSY: {
    meaning: 'somebody else has the serial console (`owner` as far as the BMC tells)',
    advice: 'wait, or take it over',
  },
  SOL_DISABLED: { meaning: 'serial over LAN is disabled', advice: 'enable it on the BMC for this user' },
  SOL_LIMIT: { meaning: 'the BMC activates no further payload', advice: 'end another session first' },
  SOL_NO_ENCRYPTION: {
    meaning: 'the BMC offers SOL only without encryption',
    advice: 'ask without encryption if that is acceptable',
  },
  SOL_NEEDS_ENCRYPTION: { meaning: 'the BMC offers SOL only encrypted', advice: 'ask with encryption' },
  SOL_OTHER_PORT: {
    meaning: 'the BMC wants SOL on another UDP port (`port`)',
    advice: 'open the session on that port; the quirk solport ignores it',
  },
  SOL_STOLEN: {
    meaning: 'the BMC took the serial console away, usually for somebody else',
    advice: 'tell the user; do not fight over it',
  },
  SOL_LOST: {
    meaning: 'serial data was not acknowledged any more while the session lives',
    advice: 'activate again; somebody may have taken it over silently',
  },
} as const satisfies Record<string, { meaning: string; advice: string }>;

export type IpmiErrorCode = keyof typeof IPMI_ERRORS;

export interface IpmiErrorDetails {
  cause?: unknown;
  /** COMMAND_FAILED and codes derived from one: the completion code, 0x01..0xff. */
  completionCode?: number;
  /** Errors derived from an RMCP+ status code (IPMI 2.0 table 13-15). */
  status?: number;
  /** NO_SUITE: ids of the cipher suites that the BMC offers, as far as it told. */
  offered?: readonly number[];
  /** SOL_BUSY: session id of the owner; undefined where the BMC does not tell. */
  owner?: number;
  /** SOL_OTHER_PORT: the port that the BMC named. */
  port?: number;
}

/** The one error type of this library; `code` is the contract, the text is for people. Never holds a secret. */
export class IpmiError extends Error {
  override readonly name = 'IpmiError';
  readonly code: IpmiErrorCode;
  readonly details: IpmiErrorDetails;

  constructor(code: IpmiErrorCode, message: string, details: IpmiErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.details = details;
  }
}

/** The caller's signal as the error to throw. */
export function cancelled(signal: AbortSignal): IpmiError {
  return new IpmiError('CANCELLED', 'the caller cancelled it', { cause: signal.reason });
}
