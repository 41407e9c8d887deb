/** How the VNC server of a simulated machine misbehaves; everything unset = it behaves. `misbehaviours` documents each. */
export interface Misbehaviour {
  bannerDelayMs?: number | undefined;
  banner?: string | undefined;
  endlessSecurityTypes?: boolean | undefined;
  hugeReason?: boolean | undefined;
  refuse?: string | undefined;
  wrongPassword?: boolean | undefined;
  hangAfterAuth?: boolean | undefined;
  hugeScreen?: boolean | undefined;
  trickle?: { readonly bytes: number; readonly delayMs: number } | undefined;
  dieAfterBytes?: number | undefined;
  exclusive?: boolean | undefined;
}

/** One misbehaviour of a table. */
export interface Row<T = Misbehaviour> {
  /** As it is written in a setting: `name` or `name=value`. */
  readonly name: string;
  /** What the value is, for those that take one. */
  readonly value?: string;
  readonly doc: string;
  /** The misbehaviour for a value ('' when none was given); undefined when the value makes no sense. */
  parse(value: string): T | undefined;
}

const plain = (value: string, misbehaviour: Misbehaviour) => (value === '' ? misbehaviour : undefined);
const whole = (value: string) => (/^\d{1,9}$/.test(value) ? Number(value) : undefined);
const withNumber = (value: string, make: (number: number) => Misbehaviour) => {
  const number = whole(value);
  return number === undefined ? undefined : make(number);
};

/** Every misbehaviour there is: the README's table and the setting are made of it. */
export const misbehaviours: readonly Row[] = [
  {
    name: 'slow-banner',
    value: 'milliseconds',
    doc: 'Sends its version after so long.',
    parse: (value) => withNumber(value, (bannerDelayMs) => ({ bannerDelayMs })),
  },
  {
    name: 'no-banner',
    doc: 'Accepts the connection and never says a word.',
    parse: (value) => plain(value, { banner: '' }),
  },
  {
    name: 'garbage-banner',
    doc: 'Talks like another protocol altogether.',
    parse: (value) => plain(value, { banner: 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n' }),
  },
  {
    name: 'odd-version',
    value: 'major.minor',
    doc: 'Announces this version instead of 3.8: `3.889` as Apple does, `3.6`, `4.1`, `0.0` as repeaters do.',
    parse: (value) => {
      const [, major, minor] = /^(\d{1,3})\.(\d{1,3})$/.exec(value) ?? [];
      if (major === undefined || minor === undefined) return undefined;
      return { banner: `RFB ${major.padStart(3, '0')}.${minor.padStart(3, '0')}\n` };
    },
  },
  {
    name: 'endless-security-types',
    doc: 'Announces 255 security types and sends one every 200 ms, without end.',
    parse: (value) => plain(value, { endlessSecurityTypes: true }),
  },
  {
    name: 'huge-reason',
    doc: 'Refuses with a reason of 4 GiB, and begins to send it.',
    parse: (value) => plain(value, { hugeReason: true }),
  },
  {
    name: 'refuse',
    value: 'reason, optional',
    doc: 'Refuses every session with a reason, as a BMC whose sessions are all taken.',
    parse: (value) => ({ refuse: value || 'Maximum number of sessions reached' }),
  },
  {
    name: 'wrong-password',
    doc: 'Asks for a VNC password and accepts none.',
    parse: (value) => plain(value, { wrongPassword: true }),
  },
  {
    name: 'hang-after-auth',
    doc: 'Authenticates and then never describes its screen.',
    parse: (value) => plain(value, { hangAfterAuth: true }),
  },
  {
    name: 'huge-screen',
    doc: 'Claims a screen of 65535 by 65535 pixels and sends nothing more.',
    parse: (value) => plain(value, { hugeScreen: true }),
  },
  {
    name: 'trickle',
    value: 'bytes/milliseconds',
    doc: 'Sends so many bytes at a time and waits so long after each.',
    parse: (value) => {
      const [, bytes = '', delay = ''] = /^([1-9]\d{0,5})\/(\d{1,6})$/.exec(value) ?? [];
      return bytes ? { trickle: { bytes: Number(bytes), delayMs: Number(delay) } } : undefined;
    },
  },
  {
    name: 'die-after',
    value: 'bytes',
    doc: 'Drops the connection after so many bytes sent, in the middle of whatever it is.',
    parse: (value) => withNumber(value, (dieAfterBytes) => ({ dieAfterBytes })),
  },
  {
    name: 'exclusive',
    doc: 'A new viewer throws out the ones before it.',
    parse: (value) => plain(value, { exclusive: true }),
  },
];

/**
 * Reads `name` or `name=value` words, as a setting holds them.
 * @throws TypeError naming what is wrong and what there is
 */
export function parseMisbehaviour(words: readonly string[]): Misbehaviour {
  return parseWords(misbehaviours, words);
}

/** The same by another table. */
export function parseWords<T extends object>(rows: readonly Row<T>[], words: readonly string[]): T {
  return Object.assign({}, ...words.map((word) => parseWord(rows, word)));
}

function parseWord<T>(rows: readonly Row<T>[], word: string): T {
  const [name = '', ...value] = word.split('=');
  const row = rows.find((other) => other.name === name);
  if (!row) throw new TypeError(`no misbehaviour "${name}"; there is ${rows.map(nameOf).join(', ')}`);
  const parsed = row.parse(value.join('='));
  if (!parsed) throw new TypeError(`"${word}" should be written ${nameOf(row)}`);
  return parsed;
}

/** The README's table. */
export function misbehaviourTable(): string {
  return tableOf(misbehaviours);
}

/** The same of another table. */
export function tableOf<T>(rows: readonly Row<T>[]): string {
  const lines = rows.map((row) => `| \`${nameOf(row)}\` | ${row.doc} |`);
  return ['| written | what it does |', '|---|---|', ...lines].join('\n');
}

function nameOf({ name, value }: Pick<Row, 'name' | 'value'>): string {
  return value === undefined ? name : `${name}=<${value}>`;
}
