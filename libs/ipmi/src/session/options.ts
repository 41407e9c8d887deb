import { type Clock, systemClock } from '../clock.ts';
import { USER_BYTES } from '../codec/rakp1.ts';
import { RMCP_PORT } from '../codec/rmcp.ts';
import { PRIVILEGE, type PrivilegeName } from '../commands/set-privilege.ts';
import { KEY_BYTES } from '../crypto/keys.ts';
import { pooledRandom } from '../crypto/pooled-random.ts';
import { DEFAULT_SUITES, SUITES } from '../crypto/suites.ts';
import { IpmiError } from '../errors.ts';
import { isQuirkName, type QuirkName } from '../quirks.ts';
import type { Transport } from '../transport/transport.ts';

/** Times of a session, ms. */
export interface SessionTimeouts {
  /** Wait for the first answer; each further try waits `stepMs` longer. Jittered by a tenth. Default 1000. */
  answerMs: number;
  /** Default 1000. */
  stepMs: number;
  /** Tries of the whole login, and of one command. Default 4. */
  tries: number;
  /** A session in which no command was answered for this long is asked for a sign of life. Default 15000. */
  keepaliveMs: number;
}

export interface SessionOptions {
  /** Name or address of the BMC. */
  host: string;
  /** UDP port; default 623. */
  port?: number;
  /** At most 16 bytes; empty = the anonymous user. */
  user: string;
  /** At most 20 bytes. Kept only until the login is over. */
  password: string | Uint8Array;
  /** K_g of the BMC, at most 20 bytes; default none. */
  kg?: string | Uint8Array;
  /** Default administrator, as ipmitool. */
  privilege?: PrivilegeName;
  /** Ids of cipher suites, the best first; default 17, 3. */
  suites?: readonly number[];
  /** Names of `QUIRKS`, and `auto`: find out when the login fails. Default auto. */
  quirks?: readonly (QuirkName | 'auto')[];
  /** Shared by many sessions. Default: one for this session alone. */
  transport?: Transport;
  clock?: Clock;
  /** Random bytes. Default the machine's. */
  random?: (bytes: number) => Buffer;
  /** Ends the opening; not the session. */
  signal?: AbortSignal;
  timeouts?: Partial<SessionTimeouts>;
}

/** The same, judged and completed. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly user: Buffer;
  readonly password: Buffer;
  readonly kg: Buffer | undefined;
  readonly privilege: number;
  readonly suites: readonly number[];
  readonly quirks: readonly QuirkName[];
  readonly auto: boolean;
  readonly clock: Clock;
  readonly random: (bytes: number) => Buffer;
  readonly signal: AbortSignal | undefined;
  readonly timeouts: SessionTimeouts;
}

const TIMEOUTS: SessionTimeouts = { answerMs: 1_000, stepMs: 1_000, tries: 4, keepaliveMs: 15_000 };

/** @throws IpmiError BAD_OPTION */
export function judge(options: SessionOptions): Settings {
  const port = options.port ?? RMCP_PORT;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw bad(`port ${port} is not 1..65535`);
  if (options.host === '') throw bad('the host is empty');
  const suites = options.suites ?? DEFAULT_SUITES;
  const unknown = suites.find((id) => SUITES[id] === undefined);
  if (unknown !== undefined) {
    throw bad(`cipher suite ${unknown} is not one of ${Object.keys(SUITES).join(', ')}`);
  }
  if (suites.length === 0) throw bad('no cipher suite is allowed');
  const names = options.quirks ?? ['auto'];
  const quirks = names.filter((name): name is QuirkName => name !== 'auto');
  const misnomer = quirks.find((name) => !isQuirkName(name));
  if (misnomer !== undefined) throw bad(`there is no quirk named ${misnomer}`);
  return {
    host: options.host,
    port,
    user: bounded('user name', options.user, USER_BYTES),
    password: bounded('password', options.password, KEY_BYTES),
    // An empty K_g is what "not set" means on BMCs too.
    kg: options.kg?.length ? bounded('K_g', options.kg, KEY_BYTES) : undefined,
    privilege: PRIVILEGE[options.privilege ?? 'administrator'],
    suites,
    quirks,
    auto: names.includes('auto'),
    clock: options.clock ?? systemClock,
    random: options.random ?? pooledRandom,
    signal: options.signal,
    timeouts: { ...TIMEOUTS, ...options.timeouts },
  };
}

function bounded(what: string, value: string | Uint8Array, most: number): Buffer {
  const bytes = Buffer.from(value as Uint8Array);
  if (bytes.length > most) throw bad(`the ${what} has ${bytes.length} bytes; IPMI 2.0 knows at most ${most}`);
  return bytes;
}

function bad(text: string): IpmiError {
  return new IpmiError('BAD_OPTION', text);
}
