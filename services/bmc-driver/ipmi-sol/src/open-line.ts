import type { ConsoleCall, LineCall, OpenedLine } from '@consolemesh/driver-sdk';
import { MeshError } from '@consolemesh/errors';
import { IpmiError, type Session, type SolLine } from '@consolemesh/ipmi';
import type { Logger } from '@consolemesh/mesh';
import { busy, createTakeBacks, mayTake, readLoss } from './etiquette.ts';
import { explainEnd } from './explain-end.ts';
import { followPort } from './follow-port.ts';
import { createBeat } from './gather-bytes.ts';
import { createHeldLine, type HeldLine } from './held-line.ts';
import { inWords } from './in-words.ts';
import { keepMark } from './keep-mark.ts';
import { lineStream } from './line-stream.ts';
import { type Access, login } from './login.ts';
import { decodeMark, endRemains, isLeftBy } from './mark.ts';
import { type IpmiInfo, type IpmiSecrets, whereOf } from './options.ts';
import { askOwner, isAlone, type Owner, ownerInWords } from './owner.ts';

export type Call = ConsoleCall<IpmiInfo, IpmiSecrets>;

/** Opens consoles, and knows those that are open. */
export interface Lines {
  /** Throws MeshError. */
  open(call: Call, signal: AbortSignal, line: LineCall): Promise<OpenedLine>;
  /** The open console of a BMC, by `whereOf`. */
  held(where: string): HeldLine | undefined;
}

const encryption = { required: true, preferred: 'preferred', off: false } as const;

export function createLines(
  parts: Access & {
    readonly logger: Logger;
    readonly now?: () => number;
    readonly random?: () => number;
  },
): Lines {
  const { timings, logger, now = Date.now, random = Math.random } = parts;
  const lines = new Map<string, HeldLine>();
  const beat = createBeat();
  const takeBacks = createTakeBacks(timings, now, random);

  /** The console, when it is free or may be taken. Throws BMC_BUSY. */
  async function activate(
    { node, state }: Call,
    session: Session,
    lost: MeshError | undefined,
    signal: AbortSignal,
  ): Promise<SolLine> {
    const encrypt = encryption[node.info.ipmi_sol_encrypt];
    const mark = decodeMark(state);
    const loss = readLoss(lost);

    async function contest(owner: Owner | undefined): Promise<void> {
      const leftByUs = isLeftBy(owner, mark);
      const alone = await isAlone(session, signal);
      if (!mayTake(node.info.ipmi_sol_take_over, { ...loss, leftByUs, alone })) {
        throw busy(owner, loss.taken, { node, timings, random });
      }
      const why = leftByUs ? 'left by an earlier life' : alone ? 'its owner is gone' : 'asked for';
      logger.warn({ where: whereOf(node), from: ownerInWords(owner), why }, 'take a serial console over');
      if (leftByUs) await endRemains(session, mark, signal);
    }

    // Some BMCs give the console to whoever comes last without a word, so asking has to come first.
    const owner = await askOwner(session, signal);
    if (owner) await contest(owner);
    try {
      return await session.activateSol({ encrypt, takeOver: owner !== undefined, signal });
    } catch (error) {
      if (owner || !(error instanceof IpmiError) || error.code !== 'SOL_BUSY') throw error;
      await contest(await askOwner(session, signal));
      return await session.activateSol({ encrypt, takeOver: true, signal });
    }
  }

  /** Logs in and activates; nothing is left open where that fails. */
  async function openAt(call: Call, lost: MeshError | undefined, signal: AbortSignal) {
    const session = await login(call.node, parts, signal);
    try {
      const line = await activate(call, session, lost, signal);
      line.on('error', () => {});
      return { session, line };
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  async function open(call: Call, signal: AbortSignal, { lost, remember }: LineCall): Promise<OpenedLine> {
    const { node } = call;
    const where = whereOf(node);
    if (readLoss(lost).taken && node.info.ipmi_sol_reclaim === 'never') throw lost;
    const { session, line } = await followPort(node, (at) =>
      openAt({ ...call, node: at }, lost, signal),
    ).catch((error: unknown) => {
      throw asLoss(inWords(error, node), lost);
    });
    const held = createHeldLine(node, session);
    // At a port of its own a BMC need not know any commands but those of the console.
    if (session.info.port === node.info.ipmi_port) lines.set(where, held);
    const kept = keepMark(session, line, remember);
    async function release(): Promise<void> {
      if (lines.get(where) === held) lines.delete(where);
      await held.unused();
      await kept.release();
    }
    const explain = (error: IpmiError) =>
      explainEnd(error, { node, session, mark: kept.mark, timings, random, takeBacks });
    return {
      stream: lineStream(line, explain, release, beat),
      async sendBreak() {
        await line.break().catch((error: unknown) => {
          throw inWords(error, node);
        });
      },
    };
  }

  return { open, held: (where) => lines.get(where) };
}

/** A failure on the way back to a console that was taken away does not make anybody forget that it was. */
function asLoss(error: unknown, lost: MeshError | undefined): unknown {
  if (!(error instanceof MeshError) || !readLoss(lost).taken || readLoss(error).taken) return error;
  const { reason, message, violations, metadata, cause } = error;
  return new MeshError(reason, message, { violations, metadata: { ...metadata, taken: 'true' }, cause });
}
