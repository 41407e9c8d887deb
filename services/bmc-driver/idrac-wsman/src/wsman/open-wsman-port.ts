import { deadline } from '@consolemesh/bytes';
import type { HttpClient } from '@consolemesh/http';
import { createWsmanClient } from '@consolemesh/wsman';
import { awaitApplied } from '../await-applied.ts';
import { awaitReady } from '../await-ready.ts';
import type { SettingsPort, Timings, Values } from '../settings-port.ts';
import { followJob } from './follow-job.ts';
import { limitCalls } from './limit-calls.ts';
import { readAttributes } from './read-attributes.ts';
import { readStatus } from './read-status.ts';
import { writeAttributes } from './write-attributes.ts';
import { wsmanError } from './wsman-errors.ts';

/** Where an iDRAC is and who speaks to it. */
export interface PortParts {
  readonly http: HttpClient;
  /** `host:port`, for errors. */
  readonly where: string;
  readonly username: string;
  readonly timings: Timings;
}

/** The settings of an iDRAC over WS-MAN. Owns `http`. */
export function openWsmanPort({ http, where, username, timings }: PortParts): SettingsPort {
  const endpoint = `https://${where}/wsman`;
  const client = limitCalls(createWsmanClient(http, { endpoint }), timings.requestMs);

  async function named<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw wsmanError(error, where, username, what);
    }
  }

  async function write(values: Values, signal: AbortSignal): Promise<void> {
    using limit = deadline(timings.applyMs, signal);
    const job = await writeAttributes(client, values, where, signal);
    const { pollMs } = timings;
    if (job !== undefined) await followJob(client, job, { where, pollMs, limit: limit.signal }, signal);
    await awaitApplied(() => readAttributes(client, signal), values, { where, pollMs, limit: limit.signal });
  }

  return {
    wire: 'wsman',
    ready: (signal) =>
      named('read its state', () =>
        awaitReady(() => readStatus(client, where, signal), where, timings, signal),
      ),
    read: (signal) => named('read its settings', () => readAttributes(client, signal)),
    write: (values, signal) => named('change its settings', () => write(values, signal)),
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}
