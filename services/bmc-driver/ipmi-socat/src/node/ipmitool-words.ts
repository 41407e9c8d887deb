import { MeshError, type Reason } from '@consolemesh/errors';

/** What ipmitool's words mean. */
interface Saying {
  readonly words: RegExp;
  readonly reason: Reason;
  /** Goes on after the name of the BMC. */
  readonly means: string;
  /** When it is worth trying again, ms. */
  readonly retryAfterMs?: number;
}

/**
 * What ipmitool 1.8.18 to 1.8.19 says with `-v` (src/plugins/lanplus/lanplus.c, lib/ipmi_sol.c), the most telling first: its last line is
 * "Unable to establish IPMI v2 / RMCP+ session" whatever was the matter.
 */
export const sayings: readonly Saying[] = [
  {
    words: /RAKP 2 HMAC is invalid|RAKP [24] message indicates an error : invalid integrity check value/,
    reason: 'BMC_AUTHENTICATION_FAILED',
    means: 'refuses the password; correct ipmi_password',
  },
  {
    words: /unauthorized name|invalid name length/,
    reason: 'BMC_AUTHENTICATION_FAILED',
    means: 'knows no such user, or not at this privilege level; correct ipmi_username',
  },
  {
    words: /unauthorized role requested|invalid role|Set Session Privilege Level to \S+ failed/,
    reason: 'BMC_AUTHENTICATION_FAILED',
    means: 'does not give the user this privilege level; lower ipmi_priv_level, or raise it at the BMC',
  },
  {
    words: /RAKP 4 message has invalid integrity check value/,
    reason: 'BMC_AUTHENTICATION_FAILED',
    means: 'accepts user and password, but its key K_g is another; correct ipmi_hex_kg_key',
  },
  {
    words: /insufficient resources for (?:session|role)/,
    reason: 'BMC_BUSY',
    means: 'has no session left; those that were not closed end after a minute',
    retryAfterMs: 60_000,
  },
  {
    words:
      /no matching cipher suite|invalid \w+ algorithm|no matching (?:authentication algorithm|integrity payload)|Unsupported cipher suite/,
    reason: 'BMC_SECURITY_UNSUPPORTED',
    means:
      'does not offer this cipher suite; leave ipmi_cipher_suite out, or set one that it offers (`ipmitool channel getciphers ipmi` lists them); where neither 17 nor 3 is among those, enable one at the BMC',
  },
  {
    words: /does not support IPMI v2/,
    reason: 'BMC_PROTOCOL_ERROR',
    means: 'speaks IPMI 1.5 only, which has no serial console',
  },
  {
    words: /Address lookup for .* failed/,
    reason: 'BMC_NAME_NOT_FOUND',
    means: 'has a name that cannot be resolved; check ipmi_address',
  },
  {
    words: /SOL payload already active on another session/,
    reason: 'BMC_BUSY',
    means: 'has given its serial console to somebody else; wait, or set ipmi_sol_take_over to always',
    retryAfterMs: 30_000,
  },
  {
    // The script's own words, not ipmitool's (pair/script.ts).
    words: /The session before is still being ended/,
    reason: 'BMC_BUSY',
    means: 'is still being told that the session before has ended; try again in a moment',
    retryAfterMs: 10_000,
  },
  {
    words: /SOL payload (?:type )?disabled|Error activating SOL payload: Insufficient privilege/,
    reason: 'BMC_CONSOLE_DISABLED',
    means:
      'has its serial console (serial over LAN) switched off, or not allowed for this user; enable it there',
  },
  {
    words: /SOL payload activation limit reached/,
    reason: 'BMC_BUSY',
    means: 'activates no further payload; end another session first',
    retryAfterMs: 30_000,
  },
  {
    words: /cannot activate SOL payload with(?:out)? encryption/,
    reason: 'BMC_SECURITY_UNSUPPORTED',
    means: 'does not give its serial console with the encryption that ipmitool asks for',
  },
  {
    words: /requests SOL session on different port/,
    reason: 'BMC_PROTOCOL_ERROR',
    means: 'wants the serial console on another port, which ipmitool does not do; the driver ipmi-sol can',
  },
  {
    words: /No response to keepalive|Error sending SOL data/,
    reason: 'UPSTREAM_LOST',
    means: 'stopped answering',
  },
  {
    words: /SOL session closed by BMC/,
    reason: 'UPSTREAM_CLOSED',
    means: 'has taken the serial console away, perhaps for somebody else',
    retryAfterMs: 10_000,
  },
  {
    words: /Get Auth Capabilities error|no response from RAKP|No response (?:de-)?activating/,
    reason: 'BMC_TIMEOUT',
    means: 'does not answer; check ipmi_address, ipmi_port and whether IPMI over LAN is enabled',
  },
  {
    words: /Error activating SOL payload/,
    reason: 'BMC_ERROR',
    means: 'does not give its serial console',
  },
  { words: /Unable to establish IPMI v2/, reason: 'BMC_TIMEOUT', means: 'did not open a session' },
];

/** What the words mean, as an error; undefined when they mean nothing. The words themselves are not repeated: they quote what was configured. */
export function understand(words: string, where: string): MeshError | undefined {
  const saying = sayings.find((each) => each.words.test(words));
  if (!saying) return undefined;
  const { reason, means, retryAfterMs } = saying;
  const metadata = retryAfterMs === undefined ? {} : { retry_after_ms: `${retryAfterMs}` };
  return new MeshError(reason, `${where} ${means}.`, { metadata });
}
