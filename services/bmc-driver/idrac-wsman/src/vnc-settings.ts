import { MeshError } from '@consolemesh/errors';
import type { Encryption } from './options.ts';
import type { Attributes } from './settings-port.ts';

/** What an iDRAC says about its VNC server. Source: VNCServer.1 of the iDRAC attribute registry. */
export interface VncSettings {
  readonly enabled: boolean;
  readonly port: number;
  /** TLS from the first byte. */
  readonly tls: boolean;
  /** Viewers at once; firmware that does not say bears one. */
  readonly maxSessions: number;
  /** Viewers now, where the firmware says. */
  readonly activeSessions: number | undefined;
}

/** Attributes without which there is no console, whatever the node asks for. */
const needed = ['Enable', 'Port'] as const;

/**
 * Reads the group.
 * @throws MeshError BMC_LICENSE_MISSING when the group is not there, BMC_SETTING_MISSING when a part of it is not or is not what it
 *   should be
 */
export function readVncSettings(attributes: Attributes, where: string): VncSettings {
  if (attributes.size === 0) {
    throw new MeshError(
      'BMC_LICENSE_MISSING',
      `${where}: this iDRAC has no VNC server (the attributes VNCServer.1 are missing); it needs an Enterprise or Datacenter licence.`,
    );
  }
  const missing = needed.filter((name) => !attributes.has(name));
  if (missing.length > 0) throw settingMissing(missing, attributes, where);
  const text = (name: string) => attributes.get(name)?.value ?? '';
  const number = (name: string, least: number, most: number) => {
    const value = Number(text(name));
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new MeshError(
      'BMC_SETTING_MISSING',
      `${where}: VNCServer.1#${name} is ${JSON.stringify(text(name).slice(0, 40))}; expected a number from ${least} to ${most}.`,
    );
  };
  return {
    enabled: isEnabled(text('Enable')),
    port: number('Port', 1, 65_535),
    tls: !isOff(text('SSLEncryptionBitLength')),
    maxSessions: attributes.has('MaxSessions') ? number('MaxSessions', 1, 64) : 1,
    activeSessions: attributes.has('ActiveSessions') ? number('ActiveSessions', 0, 64) : undefined,
  };
}

/** @param advice how to do without, a sentence */
export function settingMissing(
  names: readonly string[],
  attributes: Attributes,
  where: string,
  advice = '',
): MeshError {
  const known = [...attributes.keys()].sort().join(', ').slice(0, 400);
  const missing = names.map((name) => `VNCServer.1#${name}`).join(', ');
  return new MeshError(
    'BMC_SETTING_MISSING',
    `${where}: this firmware does not know ${missing}; it knows ${known}.${advice && ` ${advice}`}`,
  );
}

/** Whether an attribute says yes. */
export function isEnabled(value: string): boolean {
  return /^(enabled|1|true)$/i.test(value);
}

/** The value of SSLEncryptionBitLength that an option asks for; undefined for `keep`. */
export function encryptionValue(option: Encryption, attributes: Attributes): string | undefined {
  if (option === 'keep') return undefined;
  const attribute = attributes.get('SSLEncryptionBitLength');
  const index = encryptions.findIndex((row) => row.option === option);
  // Some firmware tells the place in the list instead of the words.
  if (/^\d+$/.test(attribute?.value ?? '')) return String(index);
  const { pattern, words } = encryptions[index]!;
  return attribute?.choices?.find((choice) => pattern.test(choice)) ?? words;
}

/** In the order of the registry. */
const encryptions = [
  { option: 'off', words: 'Disabled', pattern: /^disabled$/i },
  { option: 'auto', words: 'Auto Negotiate', pattern: /^auto/i },
  { option: '128', words: '128-Bit or higher', pattern: /^128/ },
  { option: '168', words: '168-Bit or higher', pattern: /^168/ },
  { option: '256', words: '256-Bit or higher', pattern: /^256/ },
] as const;

function isOff(encryption: string): boolean {
  return /^(disabled|0|)$/i.test(encryption);
}
