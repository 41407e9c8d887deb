import type { Attributes } from '../settings-port.ts';

/** The group as an iDRAC8 has it by default, with changes; `undefined` takes an attribute away. */
export function attributesOf(changes: Readonly<Record<string, string | undefined>> = {}): Attributes {
  const defaults: Record<string, string | undefined> = {
    Enable: 'Disabled',
    Port: '5901',
    Timeout: '300',
    SSLEncryptionBitLength: 'Disabled',
    LowerEncryptionBitLength: 'Disabled',
  };
  const choices: Record<string, string[]> = {
    SSLEncryptionBitLength: [
      'Disabled',
      'Auto Negotiate',
      '128-Bit or higher',
      '168-Bit or higher',
      '256-Bit or higher',
    ],
  };
  const list = Object.entries({ ...defaults, ...changes }).filter(([, value]) => value !== undefined);
  return new Map(
    list.map(([name, value]) => [name, { value: value!, readOnly: false, choices: choices[name] }]),
  );
}
