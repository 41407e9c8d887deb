import { encodeResponse, parseRequest, type Request } from '../codec/message.ts';
import { COMPLETION } from '../codec/status.ts';
import { IpmiError } from '../errors.ts';
import { Completion, type Handler } from './handlers.ts';
import type { BmcFaults } from './options.ts';
import type { BmcSession } from './sessions.ts';

/** Answers IPMI requests by a table of handlers. */
export interface Answerer {
  /** A request outside any session: only what needs no privilege is answered. */
  outside(message: Buffer, from: string, reply: (message: Buffer) => void): void;
  /** A request inside a session. A retransmission gets the same answer and is not done again. */
  inside(session: BmcSession, message: Buffer, reply: (message: Buffer) => void): void;
}

export interface AnswererOptions {
  /** Later ones replace earlier ones of the same command. */
  handlers: readonly Handler[];
  faults: BmcFaults;
  wrongChecksums: boolean;
}

export function createAnswerer({ handlers, faults, wrongChecksums }: AnswererOptions): Answerer {
  const table = new Map(handlers.map((h) => [key(h.command.netFn, h.command.command), h]));

  async function answer(request: Request, session: BmcSession | undefined, from: string): Promise<Buffer> {
    const found = table.get(key(request.netFn, request.command));
    try {
      if (found === undefined) throw new Completion(COMPLETION.invalidCommand);
      const forced = faults.completion?.(found.command.name);
      if (forced !== undefined) throw new Completion(forced);
      if ((session?.privilege ?? 0) < found.privilege) throw new Completion(COMPLETION.insufficientPrivilege);
      const response = await found.answer(found.command.parseRequest(request.data), { session, from });
      return respond(request, COMPLETION.ok, found.command.encodeResponse(response));
    } catch (error) {
      if (error instanceof Completion) return respond(request, error.code);
      if (error instanceof IpmiError) return respond(request, COMPLETION.lengthInvalid);
      return respond(request, COMPLETION.unspecified);
    }
  }

  function respond(request: Request, completionCode: number, data: Buffer = Buffer.alloc(0)): Buffer {
    const { from, to, lun } = request;
    const message = encodeResponse({
      netFn: request.netFn + 1,
      sequence: request.sequence,
      command: request.command,
      completionCode,
      data,
      ...(lun !== undefined && { lun }),
      ...(from !== undefined && { to: from }),
      ...(to !== undefined && { from: to }),
    });
    if (wrongChecksums) message[message.length - 1]! ^= 0xff;
    return message;
  }

  return {
    outside(message, from, reply) {
      void answer(parseRequest(message), undefined, from).then(reply);
    },
    inside(session, message, reply) {
      const { last } = session;
      if (last?.request.equals(message)) {
        if (last.response !== undefined) reply(last.response);
        return;
      }
      const entry: NonNullable<BmcSession['last']> = { request: message, response: undefined };
      session.last = entry;
      void answer(parseRequest(message), session, session.from).then((response) => {
        entry.response = response;
        reply(response);
      });
    },
  };
}

const key = (netFn: number, command: number) => netFn * 256 + command;
