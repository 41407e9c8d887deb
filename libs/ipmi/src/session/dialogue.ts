import type { Clock } from '../clock.ts';
import { encodeRequest, parseResponse, type Response } from '../codec/message.ts';
import { encodePacket, PAYLOAD, parsePacket } from '../codec/packet.ts';
import { encodeRmcp, parseRmcp } from '../codec/rmcp.ts';
import { completionName } from '../codec/status.ts';
import { encodeWrapper15, parseWrapper15 } from '../codec/wrapper-15.ts';
import type { Command } from '../commands/command.ts';
import { cancelled, IpmiError } from '../errors.ts';
import type { Flow } from '../transport/transport.ts';

/** Questions and answers before there is a session: one question at a time, in straight lines. */
export interface Dialogue {
  /**
   * Sends a setup payload once and waits for the answer.
   * @param accept the answer, or undefined for what belongs to something else
   * @throws IpmiError TIMEOUT, CANCELLED
   */
  ask<T>(
    type: number,
    payload: Buffer,
    answerType: number,
    accept: (payload: Buffer) => T | undefined,
  ): Promise<T>;
  /**
   * Sends a command outside any session. Those are idempotent, but the whole sequence is repeated anyway when it stays unanswered.
   * @throws IpmiError COMMAND_FAILED, TIMEOUT, CANCELLED
   */
  run<Req, Res>(command: Command<Req, Res>, request: Req): Promise<Res>;
  /** To be given every packet of the flow. */
  onPacket(packet: Buffer): void;
}

export interface DialogueOptions {
  flow: Flow;
  clock: Clock;
  /** How long to wait for each answer, ms. */
  answerMs: number;
  signal: AbortSignal | undefined;
  ignoreChecksums: boolean;
  /** Where the sequence numbers of requests begin, 0..63. Random, since flows to one BMC share a port. */
  firstSequence: number;
}

export function createDialogue(options: DialogueOptions): Dialogue {
  const { flow, clock, answerMs, signal, ignoreChecksums } = options;
  let sequence = options.firstSequence;
  let listener: ((packet: Buffer) => void) | undefined;

  function wait<T>(what: string, packet: Buffer, accept: (body: Buffer) => T | undefined): Promise<T> {
    if (signal?.aborted) return Promise.reject(cancelled(signal));
    return new Promise<T>((resolve, reject) => {
      const finish = (act: () => void) => {
        listener = undefined;
        timer[Symbol.dispose]();
        signal?.removeEventListener('abort', onAbort);
        act();
      };
      const onAbort = () => finish(() => reject(cancelled(signal!)));
      const timer = clock.after(answerMs, () =>
        finish(() =>
          reject(new IpmiError('TIMEOUT', `no answer to ${what} within ${Math.round(answerMs)} ms`)),
        ),
      );
      signal?.addEventListener('abort', onAbort, { once: true });
      listener = (received) => {
        const answer = unlessMalformed(() => {
          const { kind, body } = parseRmcp(received);
          return kind === 'ipmi' ? accept(body) : undefined;
        });
        if (answer !== undefined) finish(() => resolve(answer));
      };
      flow.send(packet);
    });
  }

  return {
    onPacket: (packet) => listener?.(packet),
    ask(type, payload, answerType, accept) {
      const head = { payloadType: type, encrypted: false, authenticated: false, sessionId: 0, sequence: 0 };
      const packet = encodeRmcp('ipmi', encodePacket({ ...head, payload }));
      return wait(payloadName(type), packet, (body) => {
        const { packet: answer } = parsePacket(body);
        return answer.payloadType === answerType ? accept(answer.payload) : undefined;
      });
    },
    async run(command, request) {
      sequence = (sequence + 1) & 0x3f;
      const mine = sequence;
      const { netFn, command: number, name } = command;
      const data = command.encodeRequest(request);
      const message = encodeRequest({ netFn, sequence: mine, command: number, data });
      const packet = encodeRmcp('ipmi', encodeWrapper15(message));
      const response = await wait<Response>(name, packet, (body) => {
        const r = parseResponse(sessionless(body), { checksums: !ignoreChecksums });
        return r.sequence === mine && r.command === number && r.netFn === netFn + 1 ? r : undefined;
      });
      if (response.completionCode !== 0) throw refused(command, response.completionCode);
      return command.parseResponse(response.data);
    },
  };
}

/** The message in an answer outside a session; some BMCs wrap it in an RMCP+ header. */
function sessionless(body: Buffer): Buffer {
  if (body[0] === 0) return parseWrapper15(body);
  return parsePacket(body).packet.payload;
}

/** The error for a completion code. */
export function refused(command: Command<unknown, unknown>, completionCode: number): IpmiError {
  const own = command.codes?.[completionCode];
  const why = own ? `${own} (0x${completionCode.toString(16)})` : completionName(completionCode);
  return new IpmiError('COMMAND_FAILED', `the BMC refused ${command.name}: ${why}`, { completionCode });
}

/** What a peer sends wrongly is as good as not sent. */
export function unlessMalformed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof IpmiError && error.code === 'MALFORMED') return undefined;
    throw error;
  }
}

function payloadName(type: number): string {
  const name = Object.entries(PAYLOAD).find(([, value]) => value === type)?.[0];
  return name ?? `payload type ${type}`;
}
