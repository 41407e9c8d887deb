import { MeshError } from '@consolemesh/errors';
import type { DracNode } from './options.ts';
import { refusePending } from './pending.ts';
import { requireTls } from './require-tls.ts';
import { sameValue } from './same-value.ts';
import type { Attributes, Values } from './settings-port.ts';
import { encryptionValue, settingMissing, type VncSettings } from './vnc-settings.ts';

/**
 * What a console needs done at its iDRAC.
 * - `use`: nothing. Somebody has enabled the VNC server and told its password.
 * - `own`: these values, and a password.
 */
export type Plan =
  | { readonly mode: 'use' }
  | {
      readonly mode: 'own';
      /** What is so and will be otherwise. */
      readonly before: Values;
      readonly after: Values;
      /** The VNC server was enabled by somebody else. */
      readonly takenOver: boolean;
    };

/**
 * Decides it from what the iDRAC says and what the node asks for. Pure.
 * @throws MeshError BMC_IN_USE when somebody else's VNC server would have to be changed and nobody has asked for that,
 *   BMC_PERMISSION_DENIED when an attribute that has to be changed is read-only, BMC_SETTING_MISSING when it is not there,
 *   BMC_TLS_FAILED when the VNC server would go on without the TLS that the node asks for, BMC_NOT_READY while a change waits
 */
export function makePlan(
  settings: VncSettings,
  attributes: Attributes,
  { info, secrets }: DracNode,
  where: string,
): Plan {
  refusePending(attributes, {}, where);
  if (settings.enabled && secrets.drac_vnc_password !== undefined && !info.drac_vnc_take_over) {
    requireTls(settings.tls, info, where);
    return { mode: 'use' };
  }
  if (settings.enabled && !info.drac_vnc_take_over) {
    throw new MeshError(
      'BMC_IN_USE',
      `${where}: somebody has already enabled the VNC server of this iDRAC. Set drac_vnc_password to use it with the password it has, or drac_vnc_take_over to give it another one, or disable it there.`,
    );
  }
  if (info.drac_vnc_encryption === 'keep') requireTls(settings.tls, info, where);
  const before: Record<string, string> = {};
  const after: Record<string, string> = {};
  for (const [name, value] of Object.entries(wantedOf(info, attributes))) {
    const attribute = attributes.get(name);
    if (!attribute) throw settingMissing([name], attributes, where, withoutIt[name]);
    const { value: now, readOnly } = attribute;
    if (sameValue(name, now, value)) continue;
    if (readOnly) throw notWritable(where, name, now, value);
    before[name] = now;
    after[name] = value;
  }
  return { mode: 'own', before, after, takenOver: settings.enabled };
}

/** How to do without an attribute that cannot be set. */
const withoutIt: Readonly<Record<string, string>> = {
  Timeout: 'drac_vnc_timeout: 0 leaves the idle timeout as it is.',
  SSLEncryptionBitLength: 'drac_vnc_encryption: keep leaves the encryption as it is.',
};

function wantedOf(
  { drac_vnc_timeout: timeout, drac_vnc_encryption: encryption }: DracNode['info'],
  attributes: Attributes,
): Values {
  // Firmware without this attribute has no encryption either.
  const bits =
    encryption === 'off' && !attributes.has('SSLEncryptionBitLength')
      ? undefined
      : encryptionValue(encryption, attributes);
  return {
    Enable: 'Enabled',
    ...(timeout !== 0 && { Timeout: String(timeout) }),
    ...(bits !== undefined && { SSLEncryptionBitLength: bits }),
  };
}

function notWritable(where: string, name: string, now: string, value: string): MeshError {
  return new MeshError(
    'BMC_PERMISSION_DENIED',
    `${where}: VNCServer.1#${name} is ${now} and has to be ${value}, and it is read-only there; lockdown, a group policy or a missing privilege makes it so.${withoutIt[name] === undefined ? '' : ` ${withoutIt[name]}`}`,
  );
}

/** The plan as sentences for people. */
export function describePlan(plan: Plan): string[] {
  if (plan.mode === 'use') return [];
  return [
    ...Object.entries(plan.after).map(
      ([name, value]) => `VNCServer.1#${name}: ${plan.before[name]} becomes ${value}.`,
    ),
    'VNCServer.1#Password: a new one is set.',
  ];
}
