import type { Duplex } from 'node:stream';
import { type Bmc, createBmc } from '../bmc/create-bmc.ts';
import type { BmcOptions } from '../bmc/options.ts';
import { openSession } from '../session/open-session.ts';
import type { SessionOptions } from '../session/options.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { seededRandom } from './seeded-random.ts';
import { createSimulatedNetwork, type SimulatedNetwork } from './simulated-network.ts';

/** One BMC on a simulated network, and a way to log in to it. */
export interface Stage {
  clock: ManualClock;
  network: SimulatedNetwork;
  bmc: Bmc;
  open(options?: Partial<SessionOptions>): ReturnType<typeof openSession>;
  /** Lets the clock run until the promise is settled. */
  until<T>(promise: Promise<T>): Promise<T>;
}

export const BMC_ADDRESS = '192.0.2.10';
export const OPERATOR = { id: 3, name: 'op', password: 'op-pass', privilege: 'operator' } as const;
export const ADMIN = { id: 2, name: 'admin', password: 'secret-word', privilege: 'administrator' } as const;

export function createStage(options: Partial<BmcOptions> = {}, seed = 1): Stage {
  const clock = createManualClock();
  const network = createSimulatedNetwork(clock, seed);
  const numbers = seededRandom(seed + 1_000);
  const random = (n: number) => Buffer.from(Array.from({ length: n }, () => Math.floor(numbers() * 256)));
  const bmc = createBmc({ users: [ADMIN, OPERATOR], clock, random, ...options });
  network.attach(BMC_ADDRESS, 623, bmc.receive);
  return {
    clock,
    network,
    bmc,
    open: (more = {}) =>
      clock.until(
        openSession({
          host: BMC_ADDRESS,
          user: ADMIN.name,
          password: ADMIN.password,
          transport: network.transport,
          clock,
          random,
          ...more,
        }),
      ),
    until: (promise) => clock.until(promise),
  };
}

/** Reads so many bytes while the clock runs. */
export async function readBytes({ clock }: Stage, stream: Duplex, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  const enough = new Promise<void>((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length < bytes) return;
      stream.off('data', onData);
      resolve();
    };
    stream.on('data', onData);
    stream.once('error', reject);
    stream.once('close', () => reject(new Error(`the stream closed after ${length} of ${bytes} bytes`)));
  });
  if (bytes > 0) await clock.until(enough);
  return Buffer.concat(chunks);
}

/** The error of a promise that must fail. */
export async function failure(
  promise: Promise<unknown>,
): Promise<Error & { code?: string; details?: object }> {
  return promise.then(
    () => {
      throw new Error('expected a failure, but it succeeded');
    },
    (error) => error,
  );
}
