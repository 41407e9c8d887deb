import { type Clock, systemClock } from '../clock.ts';
import { RMCP_PORT } from '../codec/rmcp.ts';
import type { AuthCapabilities } from '../commands/auth-capabilities.ts';
import { PRIVILEGE } from '../commands/set-privilege.ts';
import { IpmiError } from '../errors.ts';
import { createDialogue, type Dialogue } from '../session/dialogue.ts';
import { discoverCapabilities, discoverSuites } from '../session/discover.ts';
import { findAddress } from '../session/find-address.ts';
import { createTransport } from '../transport/create-transport.ts';
import type { Transport } from '../transport/transport.ts';

export interface PingOptions {
  host: string;
  port?: number;
  transport?: Transport;
  clock?: Clock;
  signal?: AbortSignal;
  /** Wait for each answer, ms. Default 1000. */
  answerMs?: number;
  /** Default 3. */
  tries?: number;
}

export interface PingResult {
  capabilities: AuthCapabilities;
  /** Ids of cipher suites; undefined where the BMC does not list them. */
  suites: number[] | undefined;
}

/**
 * Whether an IPMI 2.0 BMC answers there, and what it offers, without logging in: no password is needed, so none can be wrong.
 * @throws IpmiError REFUSED, TIMEOUT, UNREACHABLE, NOT_IPMI2, CANCELLED
 */
export async function pingBmc(options: PingOptions): Promise<PingResult> {
  const { host, port = RMCP_PORT, clock = systemClock, signal, answerMs = 1_000, tries = 3 } = options;
  const transport = options.transport ?? createTransport();
  try {
    const address = await findAddress(transport, host, { clock, signal });
    let onPacket: Dialogue['onPacket'] = () => {};
    using flow = transport.open({
      address,
      port,
      onPacket: (packet) => onPacket(packet),
      onError: () => {},
    });
    for (let attempt = 1; ; attempt++) {
      const dialogue = createDialogue({
        flow,
        clock,
        answerMs,
        signal,
        ignoreChecksums: false,
        firstSequence: flow.sessionId & 0x3f,
      });
      onPacket = dialogue.onPacket;
      try {
        const capabilities = await discoverCapabilities(dialogue, PRIVILEGE.administrator);
        return { capabilities, suites: await discoverSuites(dialogue) };
      } catch (error) {
        if (!(error instanceof IpmiError) || error.code !== 'TIMEOUT') throw error;
        if (await transport.refuses(address, port)) {
          throw new IpmiError(
            'REFUSED',
            `nothing listens on UDP port ${port} of ${address}: is IPMI over LAN enabled?`,
          );
        }
        if (attempt >= tries) {
          throw new IpmiError('TIMEOUT', `nothing answered at ${address} port ${port} in ${tries} attempts`);
        }
      }
    }
  } finally {
    if (options.transport === undefined) await transport[Symbol.asyncDispose]();
  }
}
