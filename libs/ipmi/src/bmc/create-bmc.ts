import { createAlarm, systemClock } from '../clock.ts';
import { encodeAsf, parseAsf } from '../codec/asf.ts';
import { u16 } from '../codec/fields.ts';
import { encodePacket, PAYLOAD, parsePacket, RMCP_PLUS } from '../codec/packet.ts';
import { encodeRmcp, parseRmcp, RMCP_PORT } from '../codec/rmcp.ts';
import { parseSol } from '../codec/sol.ts';
import { encodeWrapper15, parseWrapper15 } from '../codec/wrapper-15.ts';
import { ACTIVATE } from '../commands/activate-payload.ts';
import type { DeviceId } from '../commands/device-id.ts';
import { parseSolParameter, SOL_PARAMETER } from '../commands/sol-config.ts';
import { pooledRandom } from '../crypto/pooled-random.ts';
import { SUITES } from '../crypto/suites.ts';
import { NO_QUIRKS, type Quirks } from '../quirks.ts';
import { unlessMalformed } from '../session/dialogue.ts';
import { createSecureChannel } from '../session/secure-channel.ts';
import { accountHandlers, createAccounts } from './account-handlers.ts';
import { createAnswerer } from './answer-request.ts';
import type { BmcFaults, BmcOptions } from './options.ts';
import type { SerialPort } from './serial-port.ts';
import { type BmcSession, createSessionTable } from './sessions.ts';
import { createSetup } from './setup.ts';
import { createSolEndpoint } from './sol-endpoint.ts';
import { standardHandlers } from './standard-handlers.ts';

/** A BMC above the network: it is given packets and answers them. Nothing in it opens a socket. */
export interface Bmc extends Disposable {
  /**
   * A packet came.
   * @param from the sender, `address:port`
   * @param reply sends to that sender, now and later
   */
  receive(packet: Buffer, from: string, reply: (packet: Buffer) => void): void;
  /** The machine's side of its serial port. */
  readonly serial: SerialPort;
  /** Open sessions. */
  readonly sessions: readonly BmcSession[];
  /** The session that has the serial console. */
  readonly solOwner: BmcSession | undefined;
  /** Ways to misbehave, to be changed at any time. */
  readonly faults: BmcFaults;
  /** Gives the serial console to nobody, as if another console had taken it: the owner is told. */
  steal(): void;
  /** Replaces the users. Sessions that are open stay. */
  setUsers(users: BmcOptions['users']): void;
  /** Forgets sessions without a word, as after a restart of the BMC. Default all. */
  lose(session?: BmcSession): void;
  /** The BMC cannot transfer characters at the moment; consoles are told. */
  solUnavailable: boolean;
  /** The port that its answers name. */
  port: number;
  /** The machine sent a break, or the BMC lost characters of it. */
  report(status: 'break' | 'overrun'): void;
}

/** What a BMC says of itself where nothing else is wanted. */
export const DEFAULT_DEVICE: DeviceId = {
  deviceId: 0x20,
  deviceRevision: 1,
  providesSdrs: false,
  firmware: { major: 1, minor: 0 },
  updating: false,
  ipmiVersion: { major: 2, minor: 0 },
  supports: 0x80,
  manufacturer: 0,
  product: 0,
};

/** How often inactive sessions are looked for, ms. */
const SWEEP_MS = 1_000;

export function createBmc(options: BmcOptions): Bmc {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? pooledRandom;
  const faults: BmcFaults = { ...options.faults };
  const quirks: Quirks = { ...NO_QUIRKS, ...options.quirks };
  const maxSessions = options.maxSessions ?? 15;
  const suites = options.suites ?? [3, 17];
  const kg = options.kg?.length ? Buffer.from(options.kg as Uint8Array) : undefined;
  const accounts = createAccounts(options.users, options.port ?? RMCP_PORT);

  const alarm = createAlarm<'sweep'>(clock, () => {
    sessions.sweep(clock.now());
    if (sessions.size > 0) alarm.set('sweep', clock.now() + SWEEP_MS);
  });
  const sessions = createSessionTable({
    inactivityMs: options.inactivityMs ?? 60_000,
    random,
    onEnd: (session) => sol.forget(session),
  });

  const sol = createSolEndpoint({
    clock,
    faults,
    port: () => accounts.sol.get(SOL_PARAMETER.port)!.readUInt16LE(),
    solBytes: options.solBytes ?? 259,
    piggyback: options.piggyback ?? false,
    zeroAccepted: quirks.zeroAcceptedIsAll,
    send: (session, packet) => put('out', packet, session.reply),
    judge(session, request) {
      const config = [SOL_PARAMETER.enable, SOL_PARAMETER.authentication].map((n) =>
        parseSolParameter(n, accounts.sol.get(n)!),
      );
      const { enabled, forceEncryption, privilege = 0 } = Object.assign({}, ...config);
      if (!enabled || session.user.sol === false || session.privilege < privilege) return ACTIVATE.disabled;
      if (quirks.plainSol && request.encrypt) return ACTIVATE.noEncryption;
      return forceEncryption && !request.encrypt ? ACTIVATE.needsEncryption : undefined;
    },
  });

  let established: ((reply: (packet: Buffer) => void) => void) | undefined;
  const setup = createSetup({
    users: () => accounts.users,
    kg,
    suites,
    guid: options.guid ? Buffer.from(options.guid) : random(16),
    quirks,
    faults,
    random,
    now: clock.now,
    freeId: sessions.freeId,
    hasRoom: () => sessions.size < maxSessions,
    onEstablished({ bmcSessionId: id, consoleSessionId: consoleId, keys, user, privilege }) {
      const channel = createSecureChannel({ keys, peerSessionId: consoleId, ownSessionId: id, random });
      established = (reply) => {
        sessions.add({
          id,
          consoleId,
          user,
          suite: keys.suite.id,
          maxPrivilege: privilege,
          // Sessions begin as "user" and are raised (IPMI 2.0 section 22.18), but for BMCs whose consoles never do that.
          privilege: quirks.skipPrivilege ? privilege : Math.min(2, privilege),
          channel,
          from: '',
          reply,
          heardAt: clock.now(),
        });
        alarm.set('sweep', clock.now() + SWEEP_MS);
      };
    },
  });

  const answerer = createAnswerer({
    faults,
    wrongChecksums: quirks.ignoreChecksums,
    handlers: [
      ...standardHandlers(
        {
          kgSet: kg !== undefined,
          suites,
          listsSuites: options.listsSuites ?? true,
          deviceId: { ...DEFAULT_DEVICE, ...options.deviceId },
          chassis: options.chassis ?? { powerOn: () => true, control: () => {} },
          maxSessions,
          quirks,
        },
        sessions,
        sol,
      ),
      ...accountHandlers(accounts),
      ...(options.handlers ?? []),
    ],
  });

  /** Lets a packet through as the faults say. */
  function put(direction: 'in' | 'out', packet: Buffer, pass: (packet: Buffer) => void): void {
    const fate = faults.packet?.(direction, packet);
    if (fate === 'drop') return;
    if (typeof fate === 'object') return void clock.after(fate.delayMs, () => pass(packet));
    pass(packet);
    if (fate === 'double') pass(packet);
  }

  function take(packet: Buffer, from: string, reply: (packet: Buffer) => void): void {
    const { kind, body } = parseRmcp(packet);
    const send = (answer: Buffer) => put('out', answer, reply);
    if (kind === 'asf') {
      const ping = parseAsf(body);
      const pong = { kind: 'pong', tag: ping.tag, ipmi: true, enterprise: 4542 } as const;
      if (ping.kind === 'ping') send(encodeRmcp('asf', encodeAsf(pong)));
    } else if (body[0] !== RMCP_PLUS) {
      answerer.outside(parseWrapper15(body), from, (m) => send(encodeRmcp('ipmi', encodeWrapper15(m))));
    } else takePlus(packet, body, from, send);
  }

  function takePlus(packet: Buffer, body: Buffer, from: string, send: (packet: Buffer) => void): void {
    const { packet: head, trailer } = parsePacket(body);
    const plain = { encrypted: false, authenticated: false, sessionId: 0, sequence: 0 };
    if (head.sessionId === 0) {
      if (head.payloadType === PAYLOAD.ipmi) {
        return void answerer.outside(head.payload, from, (payload) =>
          send(encodeRmcp('ipmi', encodePacket({ ...plain, payloadType: PAYLOAD.ipmi, payload }))),
        );
      }
      const answer = setup.answer(head.payloadType, head.payload);
      established?.(send);
      established = undefined;
      if (answer === undefined) return;
      return void send(
        encodeRmcp('ipmi', encodePacket({ ...plain, payloadType: answer.type, payload: answer.payload })),
      );
    }
    const session = sessions.get(head.sessionId);
    if (session === undefined) return;
    // A BMC of the quirk icts counts the pad in its own way, and takes no packet that was padded otherwise.
    if (quirks.integrityPad === 'withoutTrailer' && head.authenticated) {
      const hash = SUITES[session.suite]!.integrity.truncated;
      if ((body.length - hash - 2) % 4 !== 0 || trailer.length < hash) return;
    }
    const opened = session.channel.open(packet);
    if (opened === undefined) return;
    session.heardAt = clock.now();
    session.from = from;
    session.reply = send;
    if (opened.payloadType === PAYLOAD.sol) sol.receive(session, parseSol(opened.payload));
    else if (opened.payloadType === PAYLOAD.ipmi) {
      answerer.inside(session, opened.payload, (message) =>
        send(session.channel.seal(PAYLOAD.ipmi, message)),
      );
    }
  }

  return {
    receive(packet, from, reply) {
      put('in', packet, (arrived) => {
        unlessMalformed(() => take(arrived, from, reply));
      });
    },
    serial: sol.serial,
    setUsers(users) {
      accounts.users.splice(0, Number.POSITIVE_INFINITY, ...users.map((user) => ({ ...user })));
    },
    get sessions() {
      return sessions.all();
    },
    get solOwner() {
      return sol.owner;
    },
    faults,
    steal: () => sol.owner && sol.deactivate(undefined),
    lose(session) {
      for (const each of session ? [session] : sessions.all()) sessions.remove(each, 'lost');
    },
    get solUnavailable() {
      return sol.unavailable;
    },
    set solUnavailable(unavailable) {
      sol.unavailable = unavailable;
    },
    get port() {
      return accounts.sol.get(SOL_PARAMETER.port)!.readUInt16LE();
    },
    set port(port) {
      accounts.sol.set(SOL_PARAMETER.port, u16(port));
    },
    report: sol.report,
    [Symbol.dispose]() {
      for (const session of sessions.all()) sessions.remove(session, 'lost');
      alarm[Symbol.dispose]();
      sol.serial.destroy();
    },
  };
}
