import { openSession, type Session, type SessionOptions, type SolLine } from '@consolemesh/ipmi';
import {
  type SimulatedIpmi,
  type SimulatedIpmiOptions,
  startSimulatedIpmi,
} from '../start-simulated-ipmi.ts';
import type { IpmiFace } from './start-ipmi-face.ts';

/** A simulated server with IPMI, and somebody who logs in to it. */
export interface IpmiStage extends SimulatedIpmi {
  open(options?: Partial<SessionOptions>): Promise<Session>;
}

/** Up, at its login prompt, unless told. */
export async function startIpmi(options: Partial<SimulatedIpmiOptions> = {}): Promise<IpmiStage> {
  const simulated = await startSimulatedIpmi({ name: 'node-07', seed: 'test', stage: 'console', ...options });
  return { ...simulated, open: (more) => openAt(simulated.ipmi, more) };
}

/** Waits less long than people do, and tries only once what nothing will answer. */
export function openAt({ address }: IpmiFace, options: Partial<SessionOptions> = {}): Promise<Session> {
  const { host, port } = address;
  const timeouts = { answerMs: 250, stepMs: 250, tries: 4, ...options.timeouts };
  return openSession({ host, port, user: 'root', password: 'calvin', ...options, timeouts });
}

/** A person who reads a serial console. */
export interface Reader {
  /** What was read so far. */
  readonly text: string;
  /** Waits until what was read since the last find matches. */
  find(what: RegExp | string): Promise<void>;
}

export function readLine(line: SolLine): Reader {
  let text = '';
  let from = 0;
  let retry = () => {};
  line.on('data', (bytes: Buffer) => {
    text += bytes.toString('utf8');
    retry();
  });
  line.on('error', () => {});
  return {
    get text() {
      return text;
    },
    find: (what) =>
      new Promise((resolve, reject) => {
        retry = () => {
          const rest = text.slice(from);
          const at = typeof what === 'string' ? rest.indexOf(what) : rest.search(what);
          if (at < 0) return;
          from += at + 1;
          retry = () => {};
          resolve();
        };
        line.once('close', () =>
          reject(new Error(`the line closed before it said ${what}: ${text.slice(from)}`)),
        );
        retry();
      }),
  };
}
