import { type AuthCapabilities, getAuthCapabilities } from '../commands/auth-capabilities.ts';
import {
  type CipherSuiteRecord,
  getCipherSuites,
  parseSuiteRecords,
  SUITES_MAX_PARTS,
  SUITES_PART_BYTES,
} from '../commands/cipher-suites.ts';
import { suiteOf } from '../crypto/suites.ts';
import { IpmiError } from '../errors.ts';
import type { Dialogue } from './dialogue.ts';
import { unlessMalformed } from './dialogue.ts';

/** The channel over which the question comes. */
const THIS_CHANNEL = 0x0e;

/**
 * What the BMC says about logging in.
 * @throws IpmiError NOT_IPMI2, and what the dialogue throws
 */
export async function discoverCapabilities(dialogue: Dialogue, privilege: number): Promise<AuthCapabilities> {
  const ask = (v2: boolean) => dialogue.run(getAuthCapabilities, { v2, channel: THIS_CHANNEL, privilege });
  const capabilities = await ask(true).catch((error: unknown) => {
    // BMCs that do not know the bit refuse the request; what they answer without it tells that they are too old, or not.
    if (error instanceof IpmiError && error.code === 'COMMAND_FAILED') return ask(false);
    throw error;
  });
  if (capabilities.v2 && !capabilities.ipmi2) {
    throw new IpmiError('NOT_IPMI2', 'the BMC offers IPMI 1.5 only on this channel');
  }
  return capabilities;
}

/**
 * Ids of the suites that the BMC lists, our own numbers for those that we speak.
 * @returns undefined where it does not list any: not every BMC knows the command outside a session
 */
export async function discoverSuites(dialogue: Dialogue): Promise<number[] | undefined> {
  const parts: Buffer[] = [];
  for (let index = 0; index < SUITES_MAX_PARTS; index++) {
    let part: Buffer;
    try {
      ({ part } = await dialogue.run(getCipherSuites, { channel: THIS_CHANNEL, index }));
    } catch (error) {
      if (error instanceof IpmiError && ['COMMAND_FAILED', 'TIMEOUT', 'MALFORMED'].includes(error.code)) {
        return undefined;
      }
      throw error;
    }
    parts.push(part);
    if (part.length < SUITES_PART_BYTES) break;
  }
  const records = unlessMalformed(() => parseSuiteRecords(Buffer.concat(parts)));
  return records === undefined || records.length === 0 ? undefined : records.map(idOf);
}

/** By algorithms where they are ones of ours: a vendor may number them as it likes. */
function idOf({ id, oem, authentication, integrity, confidentiality }: CipherSuiteRecord): number {
  if (oem === undefined || authentication === undefined) return id;
  const ours = suiteOf({ authentication, integrity: integrity ?? 0, confidentiality: confidentiality ?? 0 });
  return ours?.id ?? id;
}
