import { RMCP_PORT } from '../codec/rmcp.ts';
import { SOL_HEADER_BYTES, SOL_MAX_CHARACTERS } from '../codec/sol.ts';

/** What is assumed where a BMC says nonsense, bytes with the header. */
const SAFE_BYTES = 32;
const LEAST_BYTES = SOL_HEADER_BYTES + 1;
const MOST_BYTES = SOL_HEADER_BYTES + SOL_MAX_CHARACTERS;

const swap = (n: number) => ((n & 0xff) << 8) | (n >> 8);

/**
 * Characters that may be sent in one packet, from the size in the answer to Activate Payload. BMCs return nonsense and swapped bytes
 * there: 5 to 259 is believed as it stands, else swapped, else 32 is assumed (as FreeIPMI does).
 */
export function charactersIn(payloadBytes: number): number {
  const believable = (n: number) => n >= LEAST_BYTES && n <= MOST_BYTES;
  const bytes = believable(payloadBytes)
    ? payloadBytes
    : believable(swap(payloadBytes))
      ? swap(payloadBytes)
      : SAFE_BYTES;
  return bytes - SOL_HEADER_BYTES;
}

/**
 * Whether the BMC means the port that the session has already. Named or swapped, zero or all ones for "none"; and a BMC that says 623
 * behind another port is one behind a port forwarding.
 */
export function isSessionPort(named: number, sessionPort: number): boolean {
  if (named === 0 || named === 0xffff) return true;
  if (named === sessionPort || swap(named) === sessionPort) return true;
  return sessionPort !== RMCP_PORT && (named === RMCP_PORT || swap(named) === RMCP_PORT);
}
