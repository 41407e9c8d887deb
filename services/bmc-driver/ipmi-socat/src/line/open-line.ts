import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectTcp, type OpenedLine } from '@consolemesh/driver-sdk';
import { MeshError } from '@consolemesh/errors';
import { understand } from '../node/ipmitool-words.ts';
import { lastErrors } from '../pair/console-folder.ts';
import { hasClient, type PairRecord } from '../pair/pair-record.ts';
import { createSolLine } from './sol-line.ts';

/** With this ipmitool says that the console is ours (lib/ipmi_sol.c). */
const greeting = /\[SOL Session operational\. {2}Use ~\? for help\]\r?\n/;
/** Most of what comes before it that is kept. */
const maxPreamble = 64 * 1024;
/** Longest wait for the console, ms: shorter than the hub's, which could not say why. */
const greetingWithinMs = 16_000;
/** When a place that somebody has is tried again, ms. */
const placeRetryMs = 5_000;
/** Longest wait for ipmitool to give the console back, ms; the hub waits for ten seconds. */
const placeFreeWithinMs = 9_000;

/** Where a line is opened. */
export interface LineTarget {
  /** Where this host reaches socat. */
  readonly host: string;
  readonly record: PairRecord;
  readonly folder: string;
  /** Name of the BMC, for messages. */
  readonly where: string;
}

/**
 * Connects to a socat as its only client; resolves when the BMC has given the console.
 * @throws MeshError BMC_BUSY when somebody else is connected, and what ipmitool complains of
 */
export async function openSolLine(target: LineTarget, signal: AbortSignal): Promise<OpenedLine> {
  const { host, record, folder, where } = target;
  if (await hasClient(record))
    throw busy(`Somebody has the console through its TCP port ${record.port}, which bears one client.`);
  const socket = await connectTcp({ host, port: record.port }, { signal });
  const tooLate = AbortSignal.timeout(greetingWithinMs);
  try {
    const { said, first } = await readGreeting(socket, AbortSignal.any([signal, tooLate]));
    if (!first) {
      // Where socat has lost all that was said, the script's file holds it; beside other words it would be that of a session before.
      throw (
        understand(said.trim() || (await lastErrors(folder)), where) ??
        new MeshError('BMC_ERROR', `${where}: ipmitool ended before the console was open.`)
      );
    }
    const placeFree = async () => {
      const until = performance.now() + placeFreeWithinMs;
      while ((await hasClient(record)) && performance.now() < until) await sleep(20);
    };
    const whyEnded = async () =>
      understand(await lastErrors(folder), where) ??
      new MeshError('UPSTREAM_CLOSED', `ipmitool has ended its connection to ${where}.`);
    return createSolLine({ socket, first, whyEnded, placeFree });
  } catch (error) {
    socket.destroy();
    if (signal.aborted) throw new MeshError('CANCELLED', undefined, { cause: error });
    // A client that came at the same moment has the place; socat lets us wait without a word.
    if (!tooLate.aborted) throw error;
    const seconds = greetingWithinMs / 1_000;
    throw busy(
      `Nothing came from TCP port ${record.port} within ${seconds} s: somebody else has connected at the same moment, or the BMC is slow.`,
    );
  }
}

/** Reads up to the greeting, or to the end: what was said before, and what came after the greeting if there was one. */
function readGreeting(socket: Socket, signal: AbortSignal): Promise<{ said: string; first?: Buffer }> {
  return new Promise((resolve, reject) => {
    let said = '';
    const take = (chunk: Buffer) => {
      said = (said + chunk.toString('latin1')).slice(-maxPreamble);
      const match = greeting.exec(said);
      if (!match) return;
      socket.pause();
      leave();
      resolve({ said, first: Buffer.from(said.slice(match.index + match[0].length), 'latin1') });
    };
    const end = () => {
      leave();
      resolve({ said });
    };
    const giveUp = () => {
      leave();
      reject(signal.reason);
    };
    const leave = () => {
      socket.off('data', take).off('close', end);
      signal.removeEventListener('abort', giveUp);
    };
    // It is closed after an error, too.
    socket.on('error', () => {});
    socket.on('data', take).once('close', end);
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
    else if (socket.closed) end();
  });
}

function busy(message: string): MeshError {
  return new MeshError('BMC_BUSY', message, { metadata: { retry_after_ms: `${placeRetryMs}` } });
}
