import { isQuirkName, type QuirkName } from '@consolemesh/ipmi';
import { parseWords, type Row, tableOf } from '../vnc/misbehaviour.ts';

/** How the IPMI of a simulated machine misbehaves; everything unset = it behaves. `ipmiMisbehaviours` documents each. */
export interface IpmiMisbehaviour {
  /** Shares of packets, percent. */
  drop?: number | undefined;
  duplicate?: number | undefined;
  reorder?: number | undefined;
  delayMs?: number | undefined;
  silent?: boolean | undefined;
  noPing?: boolean | undefined;
  loginDelayMs?: number | undefined;
  login?: LoginRefusal | undefined;
  sol?: 'disabled' | 'limit' | 'taken' | undefined;
  busy?: number | undefined;
  partial?: number | undefined;
  nack?: number | undefined;
  solSize?: number | undefined;
  solPort?: number | undefined;
  swapped?: boolean | undefined;
  steal?: { readonly afterMs: number; readonly holdMs: number; readonly quietly: boolean } | undefined;
  loseAfterMs?: number | undefined;
  deafKeepalive?: boolean | undefined;
  unavailableWhenOff?: boolean | undefined;
  maxSessions?: number | undefined;
  inactivityMs?: number | undefined;
  suites?: readonly number[] | undefined;
  noSuiteList?: boolean | undefined;
  piggyback?: boolean | undefined;
  quirks?: readonly QuirkName[] | undefined;
}

export type LoginRefusal = 'full' | 'unknown-user' | 'no-privilege' | 'bad-integrity';

const plain = (value: string, misbehaviour: IpmiMisbehaviour) => (value === '' ? misbehaviour : undefined);
const whole = (value: string, most = 999_999_999) =>
  /^\d{1,9}$/.test(value) && Number(value) <= most ? Number(value) : undefined;
const withNumber = (
  value: string,
  make: (number: number) => IpmiMisbehaviour,
  { least = 0, most = 999_999_999 }: { least?: number; most?: number } = {},
) => {
  const number = whole(value, most);
  return number === undefined || number < least ? undefined : make(number);
};
const percent = { most: 100 };
const positive = { least: 1 };

/** Every misbehaviour there is: the README's table and the setting are made of it. */
export const ipmiMisbehaviours: readonly Row<IpmiMisbehaviour>[] = [
  {
    name: 'drop',
    value: 'percent',
    doc: 'Loses this share of all packets, each way.',
    parse: (value) => withNumber(value, (drop) => ({ drop }), percent),
  },
  {
    name: 'duplicate',
    value: 'percent',
    doc: 'Doubles this share of all packets, each way.',
    parse: (value) => withNumber(value, (duplicate) => ({ duplicate }), percent),
  },
  {
    name: 'reorder',
    value: 'percent',
    doc: 'Holds this share of all packets back for 50 ms, so that later ones overtake them.',
    parse: (value) => withNumber(value, (reorder) => ({ reorder }), percent),
  },
  {
    name: 'delay',
    value: 'milliseconds',
    doc: 'Every packet takes so long, each way.',
    parse: (value) => withNumber(value, (delayMs) => ({ delayMs })),
  },
  {
    name: 'silent',
    doc: 'Answers nothing at all.',
    parse: (value) => plain(value, { silent: true }),
  },
  {
    name: 'no-ping',
    doc: 'Does not answer RMCP pings.',
    parse: (value) => plain(value, { noPing: true }),
  },
  {
    name: 'slow-login',
    value: 'milliseconds',
    doc: 'Answers Open Session and RAKP messages after so long.',
    parse: (value) => withNumber(value, (loginDelayMs) => ({ loginDelayMs })),
  },
  {
    name: 'full',
    doc: 'Has no session left for anybody.',
    parse: (value) => plain(value, { login: 'full' }),
  },
  {
    name: 'unknown-user',
    doc: 'Knows no user, whatever the name.',
    parse: (value) => plain(value, { login: 'unknown-user' }),
  },
  {
    name: 'no-privilege',
    doc: 'Grants nobody the privilege that was asked for.',
    parse: (value) => plain(value, { login: 'no-privilege' }),
  },
  {
    name: 'bad-integrity',
    doc: 'Refuses RAKP 3 as if its check value were wrong.',
    parse: (value) => plain(value, { login: 'bad-integrity' }),
  },
  {
    name: 'max-sessions',
    value: 'sessions',
    doc: 'So many sessions at one time, 15 unless told.',
    parse: (value) => withNumber(value, (maxSessions) => ({ maxSessions }), positive),
  },
  {
    name: 'inactivity',
    value: 'seconds',
    doc: 'Forgets sessions from which nothing came for so long; 60 unless told.',
    parse: (value) => withNumber(value, (seconds) => ({ inactivityMs: seconds * 1000 }), positive),
  },
  {
    name: 'suites',
    value: 'ids',
    doc: 'Offers these cipher suites only: `17`, `3`, `3+17`, or `8+12`, which are MD5.',
    parse: (value) => {
      const ids = value
        .split('+')
        .map((id) => ([2, 3, 8, 12, 16, 17].includes(Number(id)) ? Number(id) : undefined));
      const known = ids.filter((id) => id !== undefined);
      return known.length === ids.length ? { suites: known } : undefined;
    },
  },
  {
    name: 'no-suite-list',
    doc: 'Does not tell which cipher suites it offers.',
    parse: (value) => plain(value, { noSuiteList: true }),
  },
  {
    name: 'busy',
    value: 'commands',
    doc: 'Answers so many commands of those who have logged in with C0h, node busy.',
    parse: (value) => withNumber(value, (busy) => ({ busy })),
  },
  {
    name: 'sol',
    value: 'disabled, limit or taken',
    doc: 'Activates no SOL: disabled (81h), no payload left (82h), or somebody else has it (80h).',
    parse: (value) =>
      value === 'disabled' || value === 'limit' || value === 'taken' ? { sol: value } : undefined,
  },
  {
    name: 'partial',
    value: 'characters',
    doc: 'Accepts at most so many characters of an SOL packet.',
    parse: (value) => withNumber(value, (partial) => ({ partial }), positive),
  },
  {
    name: 'nack',
    value: 'n',
    doc: 'Refuses every n-th SOL packet with a NACK; 1 = all of them.',
    parse: (value) => withNumber(value, (nack) => ({ nack }), positive),
  },
  {
    name: 'sol-size',
    value: 'bytes',
    doc: 'Names this largest SOL payload, each way: 0, 4, 32, 65535.',
    parse: (value) => withNumber(value, (solSize) => ({ solSize }), { most: 0xffff }),
  },
  {
    name: 'sol-port',
    value: 'port',
    doc: 'Names this UDP port for SOL.',
    parse: (value) => withNumber(value, (solPort) => ({ solPort }), { most: 0xffff }),
  },
  {
    name: 'swapped',
    doc: 'Swaps the bytes of SOL sizes and port.',
    parse: (value) => plain(value, { swapped: true }),
  },
  {
    name: 'steal',
    value: 'milliseconds/milliseconds, quietly, optional',
    doc: 'Another console takes the serial line so long after an activation, and keeps it for so long: `5000/2000`; with `/quietly` nobody is told.',
    parse: (value) => {
      const [, after = '', hold = '', quietly] = /^(\d{1,7})\/(\d{1,7})(\/quietly)?$/.exec(value) ?? [];
      if (after === '') return undefined;
      return { steal: { afterMs: Number(after), holdMs: Number(hold), quietly: quietly !== undefined } };
    },
  },
  {
    name: 'lose-after',
    value: 'milliseconds',
    doc: 'Forgets every session, without a word, so long after a login.',
    parse: (value) => withNumber(value, (loseAfterMs) => ({ loseAfterMs })),
  },
  {
    name: 'deaf-keepalive',
    doc: 'Never answers Get Device ID and Get Payload Instance Info of the console that has the line.',
    parse: (value) => plain(value, { deafKeepalive: true }),
  },
  {
    name: 'unavailable-when-off',
    doc: 'Cannot transfer characters while the machine is powered off, and says so.',
    parse: (value) => plain(value, { unavailableWhenOff: true }),
  },
  {
    name: 'piggyback',
    doc: 'Sends acknowledges on data, which ipmitool loses.',
    parse: (value) => plain(value, { piggyback: true }),
  },
  {
    name: 'quirk',
    value: 'names',
    doc: 'Deviates as BMCs do for which consoles have this quirk: `intelplus`, `icts+shortpassword`; the names are those of libs/ipmi.',
    parse: (value) => {
      const names = value.split('+');
      return names.every(isQuirkName) ? { quirks: names } : undefined;
    },
  },
];

/**
 * Reads `name` or `name=value` words, as a setting holds them.
 * @throws TypeError naming what is wrong and what there is
 */
export function parseIpmiMisbehaviour(words: readonly string[]): IpmiMisbehaviour {
  return parseWords(ipmiMisbehaviours, words);
}

/** The README's table. */
export function ipmiMisbehaviourTable(): string {
  return tableOf(ipmiMisbehaviours);
}
