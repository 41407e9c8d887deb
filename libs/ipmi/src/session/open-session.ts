import { setSessionPrivilege } from '../commands/set-privilege.ts';
import { SUITES, type Suite, suiteInWords } from '../crypto/suites.ts';
import { cancelled, IpmiError } from '../errors.ts';
import { AUTO_CURES, type Quirks, quirksOf } from '../quirks.ts';
import { createTransport } from '../transport/create-transport.ts';
import type { Flow, Transport } from '../transport/transport.ts';
import { createLiveSession } from './create-session.ts';
import { createDialogue, type Dialogue } from './dialogue.ts';
import { discoverCapabilities, discoverSuites } from './discover.ts';
import { findAddress } from './find-address.ts';
import { login } from './login.ts';
import { LoginFailure } from './login-errors.ts';
import { judge, type SessionOptions, type Settings } from './options.ts';
import { createSecureChannel } from './secure-channel.ts';
import type { Session } from './session.ts';

/**
 * Logs in to a BMC: asks what it can, agrees on a cipher suite, proves the password both ways, and sets the privilege. Unanswered logins
 * are repeated as a whole; refused ones never are, because BMCs lock accounts.
 * @throws IpmiError every code but those of commands and lines; none of its texts holds a secret
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const settings = judge(options);
  if (settings.signal?.aborted) throw cancelled(settings.signal);
  const transport = options.transport ?? createTransport();
  const releaseTransport = () => {
    if (options.transport === undefined) void transport[Symbol.asyncDispose]();
  };
  try {
    return await createOpening(settings, transport, releaseTransport).open();
  } catch (error) {
    releaseTransport();
    throw error instanceof LoginFailure ? error.error : error;
  } finally {
    // What the session keeps is made from them; they themselves shall not lie in memory for its whole life.
    settings.password.fill(0);
    settings.kg?.fill(0);
  }
}

function createOpening(settings: Settings, transport: Transport, releaseTransport: () => void) {
  const { port, timeouts, clock, random, signal } = settings;
  let address: string;
  let flow: Flow;
  let onPacket: (packet: Buffer) => void = () => {};
  let heard = false;
  let sendError: IpmiError | undefined;
  /** What it says about itself has no part about IPMI 2.0. Some that have it all the same leave that out. */
  let saysNothingOfV2 = false;
  let quirks = quirksOf(settings.quirks);
  let attempts = 0;
  /** Suites that may still be tried, the best first; shrinks when the BMC refuses one. */
  let suites = settings.suites;
  let offered: number[] | undefined;
  const tried = new Set<Partial<Quirks>>();

  async function open(): Promise<Session> {
    address = await findAddress(transport, settings.host, settings);
    flow = transport.open({
      address,
      port,
      onPacket(packet) {
        heard = true;
        onPacket(packet);
      },
      onError(error) {
        sendError = error;
      },
    });
    try {
      return await repeat();
    } catch (error) {
      flow[Symbol.dispose]();
      throw error;
    }
  }

  /** Attempts until one works, or fails for good. */
  async function repeat(): Promise<Session> {
    for (let silent = 0; ; ) {
      attempts += 1;
      try {
        return await attempt(silent);
      } catch (error) {
        if (error instanceof LoginFailure) {
          if (!cure(error)) throw await explained(error);
          continue;
        }
        if (!(error instanceof IpmiError) || error.code !== 'TIMEOUT') throw error;
        silent += 1;
        if (!heard && (await transport.refuses(address, port))) {
          throw new IpmiError(
            'REFUSED',
            `nothing listens on UDP port ${port} of ${address}: is IPMI over LAN enabled?`,
          );
        }
        if (silent >= timeouts.tries) throw exhausted(error);
      }
    }
  }

  function answerMs(silent: number): number {
    const jitter = 0.9 + (random(1)[0]! / 255) * 0.2;
    return (timeouts.answerMs + silent * timeouts.stepMs) * jitter;
  }

  function talk(silent: number): Dialogue {
    const dialogue = createDialogue({
      flow,
      clock,
      answerMs: answerMs(silent),
      signal,
      ignoreChecksums: quirks.ignoreChecksums,
      firstSequence: random(1)[0]! & 0x3f,
    });
    onPacket = dialogue.onPacket;
    return dialogue;
  }

  /** The whole sequence once, under a session id of its own. */
  async function attempt(silent: number): Promise<Session> {
    const dialogue = talk(silent);
    const capabilities = quirks.skipCapabilities
      ? undefined
      : await discoverCapabilities(dialogue, settings.privilege);
    saysNothingOfV2 = capabilities?.v2 === false;
    const suite = await chooseSuite(dialogue);
    const consoleSessionId = flow.renew();
    const loggedIn = await login(dialogue, {
      ...settings,
      suite,
      quirks,
      consoleSessionId,
      kgSet: capabilities?.kgSet,
    });
    const { keys, bmcSessionId, guid } = loggedIn;
    const channel = createSecureChannel({
      keys,
      peerSessionId: bmcSessionId,
      ownSessionId: consoleSessionId,
      random,
      integrityPad: quirks.integrityPad,
    });
    const live = createLiveSession({
      info: {
        address,
        port,
        suite: suite.id,
        privilege: settings.privilege,
        guid: guid.toString('hex'),
        consoleSessionId,
        bmcSessionId,
        quirks,
        quirkNames: settings.quirks,
        attempts,
      },
      send: flow.send,
      channel,
      suiteEncrypts: suite.encrypts,
      clock,
      random,
      timeouts,
      release: () => {
        if (opened) {
          flow[Symbol.dispose]();
          releaseTransport();
        }
      },
    });
    let opened = false;
    onPacket = live.onPacket;
    await raisePrivilege(live.session);
    opened = true;
    return live.session;
  }

  async function chooseSuite(dialogue: Dialogue): Promise<Suite> {
    if (suites.length > 1 && offered === undefined) offered = await discoverSuites(dialogue);
    const list = offered;
    const common = list === undefined ? suites : suites.filter((id) => list.includes(id));
    const chosen = common[0];
    if (chosen === undefined) throw new LoginFailure(noSuite());
    return SUITES[chosen]!;
  }

  async function raisePrivilege(session: Session): Promise<void> {
    if (quirks.skipPrivilege) return;
    const { privilege } = settings;
    try {
      await session.run(setSessionPrivilege, { privilege }, signal ? { signal } : {});
    } catch (error) {
      await session.close();
      if (!(error instanceof IpmiError)) throw error;
      if (error.code === 'COMMAND_FAILED') {
        throw new LoginFailure(new IpmiError('PRIVILEGE_REFUSED', error.message, error.details));
      }
      if (error.code === 'SESSION_LOST' || error.code === 'TIMEOUT') {
        throw new LoginFailure(
          new IpmiError('TIMEOUT', 'the BMC accepted the login, but answers nothing inside the session'),
          'sessionSilent',
        );
      }
      throw error;
    }
  }

  /** Prepares another attempt where there is reason to hope; false = the failure is final. */
  function cure({ error, symptom }: LoginFailure): boolean {
    if (error.code === 'NO_SUITE' && suites.length > 1 && error.details.status !== undefined) {
      suites = suites.filter((id) => id !== chosenNow());
      return true;
    }
    if (!settings.auto || symptom === undefined) return false;
    const next = AUTO_CURES.find((c) => c.symptom === symptom && !tried.has(c.quirks) && !active(c.quirks));
    if (next === undefined) return false;
    tried.add(next.quirks);
    quirks = { ...quirks, ...next.quirks };
    return true;
  }

  function chosenNow(): number | undefined {
    const list = offered;
    return (list === undefined ? suites : suites.filter((id) => list.includes(id)))[0];
  }

  function active(wanted: Partial<Quirks>): boolean {
    return Object.entries(wanted).every(([key, value]) => quirks[key as keyof Quirks] === value);
  }

  function noSuite(): IpmiError {
    const wanted = settings.suites.join(', ');
    const spoken = offered?.some((id) => SUITES[id] !== undefined);
    const text = offered
      ? `the BMC offers cipher suites ${offered.map(suiteInWords).join(', ')}${spoken ? '' : ', none of which protects enough to be spoken here'}; wanted: ${wanted}`
      : `the BMC accepts none of the cipher suites ${wanted} and does not list its own`;
    return new IpmiError('NO_SUITE', text, offered ? { offered } : {});
  }

  /** Adds what the BMC would rather have, where that was not asked before. */
  async function explained(failure: LoginFailure): Promise<LoginFailure> {
    if (failure.error.code !== 'NO_SUITE') return failure;
    offered ??= await discoverSuites(talk(0));
    return new LoginFailure(noSuite());
  }

  function exhausted(error: IpmiError): IpmiError {
    if (sendError !== undefined && !heard) return sendError;
    const where = `${address} port ${port}`;
    if (saysNothingOfV2) {
      return new IpmiError('NOT_IPMI2', `the BMC at ${where} answers IPMI 1.5, and no login of IPMI 2.0`);
    }
    return heard
      ? new IpmiError('TIMEOUT', `the BMC at ${where} stopped answering during the login: ${error.message}`)
      : new IpmiError('TIMEOUT', `nothing answered at ${where} in ${timeouts.tries} attempts`);
  }

  return { open };
}
