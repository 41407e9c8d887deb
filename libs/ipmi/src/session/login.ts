import { padded } from '../codec/fields.ts';
import { encodeOpenSessionRequest, parseOpenSessionResponse } from '../codec/open-session.ts';
import { PAYLOAD } from '../codec/packet.ts';
import { encodeRakp1, USER_BYTES } from '../codec/rakp1.ts';
import { parseRakp2 } from '../codec/rakp2.ts';
import { encodeRakp3 } from '../codec/rakp3.ts';
import { parseRakp4 } from '../codec/rakp4.ts';
import {
  deriveKeys,
  type Exchange,
  rakp2Code,
  rakp3Code,
  rakp4Check,
  type SessionKeys,
  sameBytes,
  userKey,
} from '../crypto/keys.ts';
import type { Suite } from '../crypto/suites.ts';
import { IpmiError } from '../errors.ts';
import type { Quirks } from '../quirks.ts';
import type { Dialogue } from './dialogue.ts';
import { LoginFailure, loginFailure } from './login-errors.ts';

/** The role byte's bit for "look the user up by name alone", so that two users of one name at two privileges do not matter. */
export const NAME_ONLY = 0x10;
/** A password of this many bytes or fewer is stored whole by every BMC. */
const SHORT_PASSWORD_BYTES = 16;

export interface LoginOptions {
  user: Buffer;
  password: Buffer;
  kg: Buffer | undefined;
  privilege: number;
  suite: Suite;
  quirks: Quirks;
  random: (bytes: number) => Buffer;
  consoleSessionId: number;
  /** The BMC says that it has a K_g; for error texts. */
  kgSet: boolean | undefined;
}

/** Both sides have proved that they know the password. */
export interface LoggedIn {
  keys: SessionKeys;
  bmcSessionId: number;
  guid: Buffer;
  /** Privilege that the BMC granted at most; 0 where it did not tell. */
  privilege: number;
}

/**
 * Open Session, RAKP 1 to 4. None of the messages is repeated alone, because the BMC's state moves with each.
 * @throws LoginFailure for answers that will not change by themselves; IpmiError TIMEOUT, CANCELLED otherwise
 */
export async function login(dialogue: Dialogue, options: LoginOptions): Promise<LoggedIn> {
  const { suite, quirks, random, consoleSessionId, privilege } = options;
  const tag = random(1)[0]!;
  const mine = (answer: { tag: number; status: number; consoleSessionId: number }) =>
    answer.tag === tag && (answer.status !== 0 || answer.consoleSessionId === consoleSessionId);

  const opened = await dialogue.ask(
    PAYLOAD.openSessionRequest,
    encodeOpenSessionRequest({
      tag,
      privilege: quirks.openPrivilege === 'highest' ? 0 : privilege,
      consoleSessionId,
      algorithms: suite.algorithms,
    }),
    PAYLOAD.openSessionResponse,
    (payload) => only(parseOpenSessionResponse(payload), mine),
  );
  if (opened.accepted === undefined) throw stopped('Open Session', opened.status);
  const { bmcSessionId, algorithms } = opened.accepted;
  if (JSON.stringify(algorithms) !== JSON.stringify(suite.algorithms)) {
    // Nothing authenticates this answer, so taking what it says would let anybody on the way choose the algorithms.
    throw new LoginFailure(
      new IpmiError('PROTOCOL', `the BMC answered with other algorithms than suite ${suite.id} has`),
    );
  }

  const user = quirks.user === 'counted' ? padded(options.user, USER_BYTES) : options.user;
  const consoleRandom = random(16);
  const role = privilege | NAME_ONLY;
  const paddedUser = quirks.user === 'padded';
  const challenged = await dialogue.ask(
    PAYLOAD.rakp1,
    encodeRakp1({ tag, bmcSessionId, consoleRandom, role, user, paddedUser }),
    PAYLOAD.rakp2,
    (payload) => only(parseRakp2(payload), mine),
  );
  if (challenged.proof === undefined) throw stopped('RAKP 2', challenged.status);
  const { bmcRandom, guid, code } = challenged.proof;
  const base = { consoleSessionId, bmcSessionId, consoleRandom, bmcRandom, guid, role, user };
  const exchange = provenExchange(base, code, options);
  const kuid = userKey(options.password, quirks.passwordBytes);

  const rakp3Role = quirks.rakp3Role === 'same' ? exchange.role : exchange.role & ~NAME_ONLY;
  // BMCs that want the name counted as 16 bytes hash their own copy of it here (FreeIPMI's intel20).
  const proof = rakp3Code(suite.authentication, kuid, { ...exchange, role: rakp3Role, user: options.user });
  const finished = await dialogue.ask(
    PAYLOAD.rakp3,
    encodeRakp3({ tag, status: 0, bmcSessionId, code: proof }),
    PAYLOAD.rakp4,
    (payload) => only(parseRakp4(payload), mine),
  );
  if (finished.status !== 0) throw stopped('RAKP 4', finished.status);
  const keys = provenKeys(exchange, finished.check, kuid, options);
  return { keys, bmcSessionId, guid, privilege: opened.privilege };
}

function only<T>(answer: T, mine: (answer: T) => boolean): T | undefined {
  return mine(answer) ? answer : undefined;
}

function stopped(message: Parameters<typeof loginFailure>[0], status: number): Error {
  return (
    loginFailure(message, status) ??
    new IpmiError('TIMEOUT', `the BMC forgot the session while it was set up (${message})`, { status })
  );
}

/**
 * The exchange with the role byte that the BMC hashed. Which one it took is found by comparing its proof with each candidate: that costs
 * no further attempt, so no lockout.
 * @throws LoginFailure WRONG_PASSWORD
 */
function provenExchange(
  base: Exchange,
  code: Buffer,
  { suite, quirks, password, privilege }: LoginOptions,
): Exchange {
  const hash = suite.authentication;
  const surplus = code.length === hash.bytes + 1;
  const given = surplus ? code.subarray(0, hash.bytes) : code;
  const proves = (key: Buffer, exchange: Exchange) => sameBytes(given, rakp2Code(hash, key, exchange));
  const sent = quirks.hmacRole === 'sent' ? base.role : base.role & ~NAME_ONLY;
  // As sent; without the lookup bit (i82571spt); the privilege of the Open Session Request (opensesspriv), which was 0.
  const opened = quirks.openPrivilege === 'highest' ? 0 : privilege;
  const candidates = [...new Set([sent, base.role, base.role & ~NAME_ONLY, opened | NAME_ONLY, opened])];
  const exchanges = candidates.map((role) => ({ ...base, role }));
  const key = userKey(password, quirks.passwordBytes);
  const proven = exchanges.find((exchange) => proves(key, exchange));
  if (proven !== undefined) return proven;
  const short = userKey(password, SHORT_PASSWORD_BYTES);
  const truncated = password.length > SHORT_PASSWORD_BYTES && exchanges.some((e) => proves(short, e));
  throw new LoginFailure(
    new IpmiError(
      'WRONG_PASSWORD',
      truncated
        ? 'the password has more than 16 bytes, and this BMC stored only the first 16: set a shorter one, or use the quirk shortpassword'
        : 'wrong user name or password: the BMC proved that it knows another password for this user',
    ),
  );
}

/** @throws LoginFailure WRONG_KG */
function provenKeys(exchange: Exchange, check: Buffer, kuid: Buffer, options: LoginOptions): SessionKeys {
  const { suite, quirks, kg, kgSet } = options;
  const hash = quirks.checkBy === 'integrity' ? suite.integrity : suite.authentication;
  const proves = (key: Buffer): SessionKeys | undefined => {
    const keys = deriveKeys(suite, key, exchange);
    return sameBytes(check, rakp4Check(hash, keys.sik, exchange)) ? keys : undefined;
  };
  const keys = proves(kg ?? kuid);
  if (keys !== undefined) return keys;
  const without = kg !== undefined && proves(kuid) !== undefined;
  const text = without
    ? 'user and password are right, but this BMC has no K_g: leave it away'
    : kg === undefined
      ? `user and password are right, but this BMC has a K_g${kgSet === false ? ' (though it denies that)' : ''}: give it`
      : 'user and password are right, but the K_g is another';
  throw new LoginFailure(new IpmiError('WRONG_KG', text));
}
