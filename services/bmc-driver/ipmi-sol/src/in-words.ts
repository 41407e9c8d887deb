import { MeshError, type Reason, systemCodeOf, systemReasons } from '@consolemesh/errors';
import { IPMI_ERRORS, IpmiError, type IpmiErrorCode } from '@consolemesh/ipmi';
import { type IpmiNode, whereOf } from './options.ts';

/** What a code means for whoever wants the console. */
interface Meaning {
  readonly reason: Reason;
  /** The option that the mistake most likely lies in. */
  readonly field?: string;
  /** More, or better, than what the library advises. */
  readonly advice?: string;
  /** When it is worth trying again. */
  readonly retryAfterMs?: number;
}

const name = 'driver_info.ipmi_username';
const password = 'driver_secrets.ipmi_password';
const kg = 'driver_secrets.ipmi_hex_kg_key';

/** Reasons of the error table by the codes of the IPMI library; the compiler sees that none is missing. */
export const meanings: Readonly<Record<IpmiErrorCode, Meaning>> = {
  BAD_OPTION: { reason: 'FIELD_INVALID' },
  MALFORMED: { reason: 'BMC_PROTOCOL_ERROR' },
  CANCELLED: { reason: 'CANCELLED' },
  UNREACHABLE: { reason: 'BMC_UNREACHABLE' },
  REFUSED: { reason: 'BMC_REFUSED' },
  TIMEOUT: { reason: 'BMC_TIMEOUT' },
  NOT_IPMI2: {
    reason: 'BMC_PROTOCOL_ERROR',
    advice: 'serial over LAN needs IPMI 2.0; if the BMC has it and only denies it, set ipmi_quirks = authcap',
  },
  NO_SUITE: { reason: 'BMC_SECURITY_UNSUPPORTED', field: 'driver_info.ipmi_cipher_suite' },
  WRONG_PASSWORD: { reason: 'BMC_AUTHENTICATION_FAILED', field: password },
  UNKNOWN_USER: { reason: 'BMC_AUTHENTICATION_FAILED', field: name },
  WRONG_KG: { reason: 'BMC_AUTHENTICATION_FAILED', field: kg },
  PRIVILEGE_REFUSED: { reason: 'BMC_PERMISSION_DENIED', field: 'driver_info.ipmi_priv_level' },
  NO_SESSION_LEFT: { reason: 'BMC_BUSY', retryAfterMs: 60_000 },
  PROTOCOL: { reason: 'BMC_PROTOCOL_ERROR', field: 'driver_info.ipmi_quirks' },
  COMMAND_FAILED: { reason: 'BMC_ERROR', advice: 'the words of the BMC say why' },
  OVERLOADED: { reason: 'BMC_BUSY' },
  SESSION_LOST: { reason: 'BMC_TIMEOUT' },
  CLOSED: { reason: 'UPSTREAM_CLOSED' },
  SOL_BUSY: { reason: 'BMC_BUSY' },
  SOL_DISABLED: {
    reason: 'BMC_CONSOLE_DISABLED',
    advice: '`ipmitool sol set enabled true` and `ipmitool sol payload enable CHANNEL USER` do that',
  },
  SOL_LIMIT: { reason: 'BMC_BUSY', retryAfterMs: 60_000 },
  SOL_NO_ENCRYPTION: {
    reason: 'BMC_SECURITY_UNSUPPORTED',
    field: 'driver_info.ipmi_sol_encrypt',
    advice: 'set ipmi_sol_encrypt = preferred if others may read what is typed',
  },
  SOL_NEEDS_ENCRYPTION: {
    reason: 'BMC_SECURITY_UNSUPPORTED',
    field: 'driver_info.ipmi_sol_encrypt',
    advice: 'set ipmi_sol_encrypt = required, with a cipher suite that encrypts',
  },
  SOL_OTHER_PORT: { reason: 'BMC_PROTOCOL_ERROR', field: 'driver_info.ipmi_port' },
  SOL_STOLEN: { reason: 'BMC_BUSY' },
  SOL_LOST: { reason: 'UPSTREAM_LOST' },
};

/** Whatever went wrong with a BMC, as a MeshError in words that say what to do. Other errors pass through. */
export function inWords(error: unknown, node: IpmiNode): unknown {
  if (!(error instanceof IpmiError)) return error;
  const { reason, field, advice, retryAfterMs } = meaningOf(error, node);
  const what = advice ?? IPMI_ERRORS[error.code].advice;
  const text = `${whereOf(node)}: ${error.message}${what === 'none' ? '' : ` (${what})`}.`;
  return new MeshError(reason, text, {
    cause: error,
    metadata: {
      ...(field && { field }),
      ...(retryAfterMs && { retry_after_ms: String(retryAfterMs) }),
    },
  });
}

function meaningOf(error: IpmiError, node: IpmiNode): Meaning {
  const meaning = meanings[error.code];
  const system = systemCodeOf(error.cause);
  if (error.code === 'UNREACHABLE' && system !== undefined) return { reason: systemReasons[system] };
  if (error.code === 'WRONG_PASSWORD' && node.secrets.ipmi_password === undefined) {
    return { ...meaning, reason: 'BMC_PASSWORD_REQUIRED', advice: 'set ipmi_password' };
  }
  if (error.code === 'SOL_OTHER_PORT') {
    return { ...meaning, advice: 'if that port is nonsense, set ipmi_quirks = auto,solport' };
  }
  return meaning;
}
