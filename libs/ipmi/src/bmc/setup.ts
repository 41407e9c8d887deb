import {
  type Algorithms,
  encodeOpenSessionResponse,
  type OpenSessionRequest,
  parseOpenSessionRequest,
} from '../codec/open-session.ts';
import { PAYLOAD } from '../codec/packet.ts';
import { parseRakp1, type Rakp1, USER_BYTES } from '../codec/rakp1.ts';
import { encodeRakp2 } from '../codec/rakp2.ts';
import { parseRakp3, type Rakp3 } from '../codec/rakp3.ts';
import { encodeRakp4 } from '../codec/rakp4.ts';
import { STATUS } from '../codec/status.ts';
import { PRIVILEGE } from '../commands/set-privilege.ts';
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
import { type Suite, suiteOf } from '../crypto/suites.ts';
import type { Quirks } from '../quirks.ts';
import { NAME_ONLY } from '../session/login.ts';
import type { BmcFaults } from './options.ts';
import type { BmcUser } from './user.ts';

/** What a login ends with. */
export interface Established {
  bmcSessionId: number;
  consoleSessionId: number;
  keys: SessionKeys;
  user: BmcUser;
  privilege: number;
}

export interface SetupOptions {
  users(): readonly BmcUser[];
  kg: Buffer | undefined;
  suites: readonly number[];
  guid: Buffer;
  quirks: Quirks;
  faults: BmcFaults;
  random: (bytes: number) => Buffer;
  now(): number;
  freeId(): number;
  /** Whether another session fits. */
  hasRoom(): boolean;
  onEstablished(established: Established): void;
}

/** The BMC's side of logging in. */
export interface Setup {
  /** The answer to a setup payload: its type and payload; undefined = silence. */
  answer(payloadType: number, payload: Buffer): { type: number; payload: Buffer } | undefined;
}

interface Opening {
  readonly at: number;
  readonly consoleSessionId: number;
  readonly suite: Suite;
  readonly openedPrivilege: number;
  exchange?: Exchange;
  user?: BmcUser;
  role?: number;
}

/** Openings that are not finished are forgotten after this, ms, and are at most so many. */
const OPENING_MS = 15_000;
const MOST_OPENINGS = 32;

export function createSetup(options: SetupOptions): Setup {
  const { quirks, faults, random } = options;
  const openings = new Map<number, Opening>();

  function open(m: OpenSessionRequest): Buffer {
    const head = { tag: m.tag, privilege: m.privilege, consoleSessionId: m.consoleSessionId };
    const suite = suiteOf(m.algorithms);
    const status =
      faults.status?.('Open Session') ??
      (quirks.openPrivilege === 'wanted' && m.privilege === 0
        ? STATUS.invalidRole
        : suite === undefined || !options.suites.includes(suite.id)
          ? unsupported(m.algorithms, options.suites)
          : options.hasRoom() && makeRoom()
            ? STATUS.ok
            : STATUS.noResources);
    if (status !== STATUS.ok || suite === undefined) return encodeOpenSessionResponse({ ...head, status });
    let bmcSessionId: number;
    do bmcSessionId = options.freeId();
    while (openings.has(bmcSessionId));
    openings.set(bmcSessionId, {
      at: options.now(),
      consoleSessionId: m.consoleSessionId,
      suite,
      openedPrivilege: m.privilege,
    });
    return encodeOpenSessionResponse({
      ...head,
      privilege: m.privilege || PRIVILEGE.administrator,
      status,
      accepted: { bmcSessionId, algorithms: m.algorithms },
    });
  }

  function makeRoom(): boolean {
    for (const [id, { at }] of openings) if (options.now() - at > OPENING_MS) openings.delete(id);
    return openings.size < MOST_OPENINGS;
  }

  function challenge(m: Rakp1): Buffer | undefined {
    const opening = openings.get(m.bmcSessionId);
    // Nobody knows whom to answer.
    if (opening === undefined) return undefined;
    const { consoleSessionId } = opening;
    const name = nameOf(m);
    const user = options.users().find((u) => u.name === name && (u.enabled ?? true));
    const privilege = m.role & 0x0f;
    const refusal =
      faults.status?.('RAKP 2') ??
      (!nameFits(m)
        ? STATUS.invalidNameLength
        : user === undefined
          ? STATUS.unauthorizedName
          : privilege === 0 || privilege > PRIVILEGE[user.privilege]
            ? STATUS.unauthorizedRole
            : STATUS.ok);
    if (refusal !== STATUS.ok || user === undefined) {
      openings.delete(m.bmcSessionId);
      return encodeRakp2({ tag: m.tag, status: refusal, consoleSessionId });
    }
    // A copy of the same RAKP 1 gets the same answer: the console may go by either.
    const again = opening.exchange?.consoleRandom.equals(m.consoleRandom) && opening.exchange;
    const exchange: Exchange = {
      consoleSessionId,
      bmcSessionId: m.bmcSessionId,
      consoleRandom: Buffer.from(m.consoleRandom),
      bmcRandom: again ? again.bmcRandom : random(16),
      guid: options.guid,
      role: quirks.hmacRole === 'sent' ? m.role : m.role & ~NAME_ONLY,
      user: Buffer.from(m.user),
    };
    openings.set(m.bmcSessionId, { ...opening, exchange, user, role: m.role });
    const code = rakp2Code(opening.suite.authentication, keyOf(user), exchange);
    const proof = { bmcRandom: exchange.bmcRandom, guid: exchange.guid, code };
    return encodeRakp2({ tag: m.tag, status: 0, consoleSessionId, proof });
  }

  function finish(m: Rakp3): Buffer | undefined {
    const opening = openings.get(m.bmcSessionId);
    if (opening?.exchange === undefined || opening.user === undefined) return undefined;
    openings.delete(m.bmcSessionId);
    if (m.status !== 0) return undefined;
    const { exchange, suite, user, consoleSessionId } = opening;
    const head = { tag: m.tag, consoleSessionId };
    const role = quirks.rakp3Role === 'same' ? exchange.role : exchange.role & ~NAME_ONLY;
    const name = Buffer.from(user.name, 'latin1');
    const expected = rakp3Code(suite.authentication, keyOf(user), { ...exchange, role, user: name });
    const status =
      faults.status?.('RAKP 4') ?? (sameBytes(expected, m.code) ? STATUS.ok : STATUS.invalidIntegrityCheck);
    if (status !== STATUS.ok) return encodeRakp4({ ...head, status, check: Buffer.alloc(0) });
    const keys = deriveKeys(suite, options.kg ?? keyOf(user), exchange);
    const check = rakp4Check(suite.authentication, keys.sik, exchange);
    const privilege = (opening.role ?? 0) & 0x0f;
    options.onEstablished({ bmcSessionId: m.bmcSessionId, consoleSessionId, keys, user, privilege });
    return encodeRakp4({ ...head, status, check });
  }

  function nameFits(m: Rakp1): boolean {
    if (quirks.user === 'counted') return m.user.length === USER_BYTES;
    return quirks.user === 'exact' || m.paddedUser === true || m.user.length === USER_BYTES;
  }

  const keyOf = (user: BmcUser) => userKey(Buffer.from(user.password as Uint8Array), quirks.passwordBytes);

  return {
    answer(payloadType, payload) {
      const reply = (type: number, answer: Buffer | undefined) => answer && { type, payload: answer };
      switch (payloadType) {
        case PAYLOAD.openSessionRequest:
          return reply(PAYLOAD.openSessionResponse, open(parseOpenSessionRequest(payload)));
        case PAYLOAD.rakp1:
          return reply(PAYLOAD.rakp2, challenge(parseRakp1(payload)));
        case PAYLOAD.rakp3:
          return reply(PAYLOAD.rakp4, finish(parseRakp3(payload)));
        default:
          return undefined;
      }
    },
  };
}

/** A name without the zeros that some consoles pad it with. */
function nameOf(m: Rakp1): string {
  const end = m.user.indexOf(0);
  return (end < 0 ? m.user : m.user.subarray(0, end)).toString('latin1');
}

/** The most telling status for algorithms that are not offered. */
function unsupported(algorithms: Algorithms, suites: readonly number[]): number {
  const known = suiteOf(algorithms);
  return known !== undefined && !suites.includes(known.id)
    ? STATUS.noMatchingSuite
    : STATUS.invalidAuthentication;
}
