import { MeshError } from '@consolemesh/errors';
import type { DracNode } from './options.ts';
import type { Attributes, Values } from './settings-port.ts';
import { encryptionValue, isEnabled, type VncSettings } from './vnc-settings.ts';

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
 *   BMC_PERMISSION_DENIED when an attribute that has to be changed is read-only
 */
export function makePlan(
  settings: VncSettings,
  attributes: Attributes,
  { info, secrets }: DracNode,
  where: string,
): Plan {
  if (settings.enabled && secrets.drac_vnc_password !== undefined && !info.drac_vnc_take_over)
    return { mode: 'use' };
  if (settings.enabled && !info.drac_vnc_take_over) {
    throw new MeshError(
      'BMC_IN_USE',
      `${where}: somebody has already enabled the VNC server of this iDRAC. Set drac_vnc_password to use it with the password it has, or drac_vnc_take_over to give it another one, or disable it there.`,
    );
  }
  const wanted: Record<string, string | undefined> = {
    Enable: 'Enabled',
    Timeout: String(info.drac_vnc_timeout),
    SSLEncryptionBitLength: encryptionValue(info.drac_vnc_encryption, attributes),
  };
  const before: Record<string, string> = {};
  const after: Record<string, string> = {};
  for (const [name, value] of Object.entries(wanted)) {
    const { value: now, readOnly } = attributes.get(name)!;
    if (value === undefined || sameValue(name, now, value)) continue;
    if (readOnly) throw notWritable(where, name, now, value);
    before[name] = now;
    after[name] = value;
  }
  return { mode: 'own', before, after, takenOver: settings.enabled };
}

function notWritable(where: string, name: string, now: string, value: string): MeshError {
  return new MeshError(
    'BMC_PERMISSION_DENIED',
    `${where}: VNCServer.1#${name} is ${now} and has to be ${value}, and it is read-only there; lockdown, a group policy or a missing privilege makes it so.`,
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

/** Whether two values of an attribute say the same. */
export function sameValue(name: string, left: string, right: string): boolean {
  if (name === 'Enable') return isEnabled(left) === isEnabled(right);
  return left.toLowerCase() === right.toLowerCase();
}

/** Whether values are so; a password is left out, because it reads back as asterisks. */
export function inForce(attributes: Attributes, values: Values): boolean {
  return wrongOf(attributes, values) === undefined;
}

/** The first value that is otherwise. */
export function wrongOf(attributes: Attributes, values: Values): readonly [string, string] | undefined {
  return Object.entries(values).find(
    ([name, value]) => name !== 'Password' && !sameValue(name, attributes.get(name)?.value ?? '', value),
  );
}
