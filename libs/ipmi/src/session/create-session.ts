import { type Clock, createAlarm } from '../clock.ts';
import { encodeRequest, parseResponse } from '../codec/message.ts';
import { PAYLOAD } from '../codec/packet.ts';
import { encodeSol, parseSol } from '../codec/sol.ts';
import { closeSession } from '../commands/close-session.ts';
import type { Command } from '../commands/command.ts';
import { deactivatePayload } from '../commands/deactivate-payload.ts';
import { getDeviceId } from '../commands/device-id.ts';
import { SOL_INSTANCE, SOL_PAYLOAD } from '../commands/payload.ts';
import { getPayloadInstance } from '../commands/payload-instance.ts';
import { cancelled, IpmiError } from '../errors.ts';
import { type ActivateSolOptions, activate, deactivate } from '../sol/activate.ts';
import { createSolLine, type SolLine, type SolLineEnd } from '../sol/line.ts';
import { charactersIn } from '../sol/sizes.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { createCommandQueue } from './command-queue.ts';
import { unlessMalformed } from './dialogue.ts';
import type { SessionTimeouts } from './options.ts';
import type { SecureChannel } from './secure-channel.ts';
import type { Session, SessionCounters, SessionInfo } from './session.ts';

export interface LiveSessionOptions {
  info: SessionInfo;
  /** Puts a packet on the wire. */
  send(packet: Buffer): void;
  channel: SecureChannel;
  suiteEncrypts: boolean;
  clock: Clock;
  random: (bytes: number) => Buffer;
  timeouts: SessionTimeouts;
  /** Called once, when nothing more will be sent. */
  release(): void;
}

/** The session, and where its packets go. */
export interface LiveSession {
  session: Session;
  onPacket(packet: Buffer): void;
}

/** What the one timer of a session is for. */
type Purpose = 'command' | 'keepalive' | 'sol' | 'grace';

/** A line, and as whom the BMC lists its owner. */
type OwnedLine = SolLineEnd & { owner?: number };

/** An activation of the console that is under way. */
interface Activation {
  readonly line: Promise<SolLine>;
  /** Its caller has given up: its line is closed as soon as it is there, and then this is done. */
  abandoned?: Promise<void>;
}

const SOL = { payloadType: SOL_PAYLOAD, instance: SOL_INSTANCE };
/** All that closing may take, ms. */
const GRACE_MS = 2_000;

export function createLiveSession(options: LiveSessionOptions): LiveSession {
  const { info, channel, clock, timeouts } = options;
  const { quirks } = info;
  const counters: SessionCounters = { sent: 0, received: 0, dropped: 0, keepalives: 0 };
  let heardAt = clock.now();
  /** When a command was last answered, or a sign of life was last asked for. */
  let askedAt = heardAt;
  let sol: OwnedLine | undefined;
  let activating: Activation | undefined;
  /** The BMC has given us the console, and has not said yet that it has it back. */
  let holdsLine = false;
  let closing: Promise<void> | undefined;
  let end: IpmiError | undefined;
  let onEnd!: (error: IpmiError) => void;
  const ended = new Promise<IpmiError>((resolve) => {
    onEnd = resolve;
  });

  const alarm = createAlarm<Purpose>(clock, (purpose) => {
    if (purpose === 'command') queue.wake();
    else if (purpose === 'sol') sol?.wake();
    else if (purpose === 'keepalive') keepAlive();
    else {
      // The BMC may hear, though it answers too late or not at all.
      sayGoodbye();
      finish(closed());
    }
  });

  function send(packet: Buffer): void {
    counters.sent += 1;
    options.send(packet);
  }

  const queue = createCommandQueue({
    clock,
    timeouts,
    random: options.random,
    transmit: (message) => send(channel.seal(PAYLOAD.ipmi, message)),
    wakeAt: (at) => alarm.set('command', at),
    heardAt: () => heardAt,
    onSilence() {
      // In case only its answers are lost, the BMC shall not keep the session for another minute.
      sayOnce(closeSession, { sessionId: info.bmcSessionId });
      finish(new IpmiError('SESSION_LOST', 'the BMC does not answer any more'));
    },
  });

  /** Gives everything back without waiting for a turn or an answer. */
  function sayGoodbye(): void {
    if (end !== undefined) return;
    if (holdsLine) sayOnce(deactivatePayload, SOL);
    sayOnce(closeSession, { sessionId: info.bmcSessionId });
  }

  function sayOnce<Req>(
    { netFn, command, encodeRequest: encode }: Command<Req, unknown>,
    request: Req,
  ): void {
    const message = encodeRequest({ netFn, command, sequence: 0, data: encode(request) });
    send(channel.seal(PAYLOAD.ipmi, message));
  }

  function finish(error: IpmiError): void {
    if (end !== undefined) return;
    end = error;
    sol?.fail(error);
    queue.end(error);
    alarm[Symbol.dispose]();
    options.release();
    onEnd(error);
  }

  /**
   * Moves with every answer to a command, and not with serial data: there are BMCs that forget a session in which there was no command for
   * half a minute, in the middle of a line that is typed (ipmi_sim). ipmitool asks them too while data flows.
   */
  function watch(): void {
    if (!quirks.noKeepalive) alarm.set('keepalive', askedAt + timeouts.keepaliveMs);
  }

  function keepAlive(): void {
    if (clock.now() - askedAt < timeouts.keepaliveMs) return void watch();
    // A command that is under way is a sign of life, or it will find that there is none.
    if (!queue.idle) return void alarm.set('keepalive', clock.now() + timeouts.keepaliveMs);
    counters.keepalives += 1;
    const asked = sol?.owner === undefined ? queue.run(getDeviceId, {}) : checkOwner(sol);
    asked
      .catch(() => {})
      .then(() => {
        askedAt = clock.now();
        watch();
      });
  }

  /**
   * Some BMCs give a serial console away without telling the former owner, who would wait for output for ever. BMCs number owners as they
   * like (ipmi_sim by a handle), so what is compared is what the BMC said when the line was new.
   */
  async function checkOwner(line: OwnedLine): Promise<void> {
    const { owner } = await queue.run(getPayloadInstance, SOL);
    if (owner === line.owner || sol !== line) return;
    const who = owner === 0 ? 'nobody' : 'somebody else';
    line.fail(new IpmiError('SOL_STOLEN', `${who} has the serial console by now, says the BMC`, { owner }));
  }

  function learnOwner(line: OwnedLine): void {
    if (quirks.noKeepalive) return;
    queue.run(getPayloadInstance, SOL, { tries: 1 }).then(
      ({ owner }) => {
        if (owner !== 0) line.owner = owner;
      },
      // A BMC that does not tell is watched by its answers alone.
      () => {},
    );
  }

  function onPacket(received: Buffer): void {
    counters.received += 1;
    const packet = end === undefined ? channel.open(received) : undefined;
    if (packet === undefined) {
      counters.dropped += 1;
      return;
    }
    heardAt = clock.now();
    if (packet.payloadType === PAYLOAD.ipmi) {
      const checksums = !quirks.ignoreChecksums;
      const response = unlessMalformed(() => parseResponse(packet.payload, { checksums }));
      if (!response) return;
      askedAt = heardAt;
      queue.onResponse(response);
    } else if (packet.payloadType === PAYLOAD.sol) {
      const solPacket = unlessMalformed(() => parseSol(packet.payload));
      if (solPacket) sol?.receive(solPacket);
    }
  }

  const run = <Req, Res>(...args: Parameters<typeof queue.run<Req, Res>>) => queue.run(...args);

  async function activateSol(solOptions: ActivateSolOptions = {}): Promise<SolLine> {
    const { signal } = solOptions;
    if (activating?.abandoned) await unlessAborted(activating.abandoned, signal);
    if (sol !== undefined || activating) {
      throw new IpmiError('SOL_BUSY', 'this session has the serial console already');
    }
    if (closing !== undefined) throw closed();
    const mine: Activation = { line: openLine(solOptions) };
    activating = mine;
    const over = () => {
      if (activating === mine) activating = undefined;
    };
    try {
      const line = await unlessAborted(mine.line, signal);
      over();
      return line;
    } catch (error) {
      mine.abandoned = mine.line
        .then(
          (line) => line.on('error', () => {}).close(),
          () => {},
        )
        .then(over);
      throw error;
    }
  }

  async function openLine(solOptions: ActivateSolOptions): Promise<SolLine> {
    const active = await activate(run, solOptions, {
      quirks,
      suiteEncrypts: options.suiteEncrypts,
      port: info.port,
      bmcSessionId: info.bmcSessionId,
      sent: () => counters.sent,
      goOn() {
        if (closing !== undefined) throw closed();
        if (solOptions.signal?.aborted) throw cancelled(solOptions.signal);
      },
    });
    if (end !== undefined) throw end;
    if (closing !== undefined) {
      await deactivate(run);
      throw closed();
    }
    holdsLine = true;
    const { encrypted, authenticated, answer } = active;
    const protection = { encrypt: encrypted, authenticate: authenticated };
    channel.plainSol = !authenticated;
    const mine: OwnedLine = createSolLine({
      config: {
        maxCharacters: quirks.ignoreSolSizes ? charactersIn(0) : charactersIn(answer.inboundBytes),
        zeroAcceptedIsAll: quirks.zeroAcceptedIsAll,
        sequenceStuck: quirks.solSequenceStuck,
      },
      now: clock.now,
      transmit: (packet) => send(channel.seal(PAYLOAD.sol, encodeSol(packet), protection)),
      wakeAt: (at) => alarm.set('sol', at),
      ...(solOptions.maxBuffered !== undefined && { maxBuffered: solOptions.maxBuffered }),
      deactivate: async () => {
        if (end === undefined && (await deactivate(run))) holdsLine = false;
      },
    });
    sol = mine;
    learnOwner(mine);
    mine.line.once('close', () => {
      sol = undefined;
    });
    void mine.line.ended.then(({ code }) => {
      // Whoever has it now shall keep it.
      if (code !== 'CLOSED') holdsLine = false;
    });
    return mine.line;
  }

  async function close(): Promise<void> {
    if (end !== undefined) return;
    alarm.set('grace', clock.now() + GRACE_MS);
    if (activating) await Promise.race([activating.line.catch(() => {}), ended]);
    const line = sol?.line.close();
    await Promise.race([line, ended]);
    await queue.run(closeSession, { sessionId: info.bmcSessionId }, { tries: 2 }).catch(sayGoodbye);
    finish(closed());
    await line;
  }

  watch();
  const session: Session = {
    info,
    counters,
    run,
    command: (netFn, command, data = Buffer.alloc(0), runOptions) =>
      run(raw(netFn, command), Buffer.from(data), runOptions),
    activateSol,
    ended,
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => session.close(),
  };
  return { session, onPacket };
}

const closed = () => new IpmiError('CLOSED', 'the session is closed');

/** A command without a table entry. */
function raw(netFn: number, command: number): Command<Buffer, Buffer> {
  const same = (data: Uint8Array) => Buffer.from(data);
  return {
    name: `command 0x${command.toString(16)} of network function 0x${netFn.toString(16)}`,
    netFn,
    command,
    encodeRequest: same,
    parseRequest: same,
    encodeResponse: same,
    parseResponse: same,
  };
}
