import { type Misbehaviour, misbehaviours, parseWords, type Row, tableOf } from '../../vnc/misbehaviour.ts';

/**
 * How the VNC server of a simulated iDRAC misbehaves, beyond what every iDRAC of its generation does; everything unset =
 * it does not. `idracVncMisbehaviours` documents each.
 */
export interface IdracVncMisbehaviour
  extends Pick<
    Misbehaviour,
    'bannerDelayMs' | 'banner' | 'wrongPassword' | 'hangAfterAuth' | 'trickle' | 'dieAfterBytes'
  > {
  no32Bit?: 'hang-up' | 'garble' | undefined;
  strictEncodings?: boolean | undefined;
  hangUpOnKey?: 'any' | 'qemu' | undefined;
  silentWhenFull?: boolean | undefined;
  wedgeAfter?: number | undefined;
  lateMs?: number | undefined;
  neverUp?: boolean | undefined;
  lockout?: { readonly failures: number; readonly seconds: number } | undefined;
  oldTls?: boolean | undefined;
}

/** Those of every VNC server that make sense here too. */
const shared = [
  'slow-banner',
  'no-banner',
  'garbage-banner',
  'wrong-password',
  'hang-after-auth',
  'trickle',
  'die-after',
];

/** Every misbehaviour there is: the README's table and the setting are made of it. */
export const idracVncMisbehaviours: readonly Row<IdracVncMisbehaviour>[] = [
  {
    name: 'no-32-bit',
    value: 'hang-up or garble, optional',
    doc: 'Breaks when a viewer asks for 32 bits a pixel: hangs up, or goes on with 16 that the viewer reads as 32.',
    parse: (value) =>
      value === '' || value === 'hang-up' || value === 'garble' ? { no32Bit: value || 'hang-up' } : undefined,
  },
  {
    name: 'strict-encodings',
    doc: 'Sends no picture to a viewer that lists anything but Raw, RRE, Hextile, DesktopSize and Cursor, wherever it stands in the list.',
    parse: (value) => (value === '' ? { strictEncodings: true } : undefined),
  },
  {
    name: 'hang-up-on-key',
    value: 'any or qemu, optional',
    doc: 'Hangs up on the first key: of any viewer, or of one that offered the key extension of QEMU.',
    parse: (value) =>
      value === '' || value === 'any' || value === 'qemu' ? { hangUpOnKey: value || 'any' } : undefined,
  },
  {
    name: 'silent-when-full',
    doc: 'Says nothing at all to a viewer for whom no session is left, instead of refusing it.',
    parse: (value) => (value === '' ? { silentWhenFull: true } : undefined),
  },
  {
    name: 'wedge',
    value: 'sessions, optional',
    doc: 'Accepts connections and says nothing, from the beginning or each time after so many sessions have ended, until it is disabled and enabled again.',
    parse: (value) => (/^\d{0,6}$/.test(value) ? { wedgeAfter: Number(value) } : undefined),
  },
  {
    name: 'late',
    value: 'milliseconds',
    doc: 'Listens so long after it was enabled.',
    parse: (value) => (/^\d{1,9}$/.test(value) ? { lateMs: Number(value) } : undefined),
  },
  {
    name: 'never-up',
    doc: 'Never listens, whatever the attributes say.',
    parse: (value) => (value === '' ? { neverUp: true } : undefined),
  },
  {
    name: 'lockout',
    value: 'failures/seconds',
    doc: 'Refuses everybody for so long after so many wrong passwords in a row.',
    parse: (value) => {
      const [, failures = '', seconds = ''] = /^([1-9]\d{0,3})\/([1-9]\d{0,6})$/.exec(value) ?? [];
      return failures ? { lockout: { failures: Number(failures), seconds: Number(seconds) } } : undefined;
    },
  },
  {
    name: 'old-tls',
    doc: 'Speaks TLS 1.0 and 1.1 only.',
    parse: (value) => (value === '' ? { oldTls: true } : undefined),
  },
  ...misbehaviours.filter(({ name }) => shared.includes(name)),
];

/**
 * Reads `name` or `name=value` words, as a setting holds them.
 * @throws TypeError naming what is wrong and what there is
 */
export function parseIdracVncMisbehaviour(words: readonly string[]): IdracVncMisbehaviour {
  return parseWords(idracVncMisbehaviours, words);
}

/** The README's table. */
export function idracVncMisbehaviourTable(): string {
  return tableOf(idracVncMisbehaviours);
}
