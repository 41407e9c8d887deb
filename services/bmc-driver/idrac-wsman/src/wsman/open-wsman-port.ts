import { deadline } from '@consolemesh/bytes';
import { MeshError } from '@consolemesh/errors';
import type { HttpClient } from '@consolemesh/http';
import { createWsmanClient } from '@consolemesh/wsman';
import { awaitApplied } from '../await-applied.ts';
import { awaitReady } from '../await-ready.ts';
import { inForce } from '../same-value.ts';
import type { Attributes, SettingsPort, Timings, Values } from '../settings-port.ts';
import { createConfigJob } from './create-config-job.ts';
import { createEnumerator } from './create-enumerator.ts';
import { findForeignPending } from './find-foreign-pending.ts';
import { followJob } from './follow-job.ts';
import { readAttributes } from './read-attributes.ts';
import { readJob } from './read-job.ts';
import { readStatus } from './read-status.ts';
import { setAttributes } from './set-attributes.ts';
import { withDeadlines } from './with-deadlines.ts';
import { wsmanError } from './wsman-errors.ts';

/** What this driver writes, whatever the call: an earlier one may have left it waiting. */
const written = ['Enable', 'Password', 'Timeout', 'SSLEncryptionBitLength'];

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
  // The zone of an IPv6 address is this machine's own business and no part of a URL.
  const endpoint = `https://${where.replace(/%[^\]]*/, '')}/wsman`;
  const client = withDeadlines(createWsmanClient(http, { endpoint }), timings.requestMs);
  const enumerate = createEnumerator(client);
  const { pollMs, applyMs } = timings;

  async function named<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw wsmanError(error, where, username, what);
    }
  }

  async function write(values: Values, signal: AbortSignal): Promise<Attributes> {
    using limit = deadline(applyMs, signal);
    const about = { where, pollMs, limit: limit.signal };
    const read = () => readAttributes(enumerate, signal);
    if ((await setAttributes(client, values, where, signal)) === 'pending') {
      const foreign = await findForeignPending(client, written, signal);
      if (foreign.length === 0) {
        const job = await createConfigJob(client, about, signal);
        await followJob(() => readJob(client, enumerate, job, signal), job, about, signal);
      } else {
        const now = await read();
        if (!inForce(now, values)) {
          await setAttributes(client, currentOf(now, values), where, signal);
          throw foreignPending(where, foreign);
        }
      }
    }
    return await awaitApplied(read, values, about, signal);
  }

  return {
    wire: 'wsman',
    ready: (signal) =>
      named('read its state', () =>
        awaitReady(() => readStatus(client, where, signal), where, timings, signal),
      ),
    read: (signal) => named('read its settings', () => readAttributes(enumerate, signal)),
    write: (values, signal) => named('change its settings', () => write(values, signal)),
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

/** The values that are in force, for what was just prepared: whoever applies what waits changes nothing of it. */
function currentOf(now: Attributes, values: Values): Values {
  const names = Object.keys(values).filter((name) => now.has(name));
  return Object.fromEntries(names.map((name) => [name, now.get(name)?.value ?? '']));
}

function foreignPending(where: string, names: readonly string[]): MeshError {
  const list = names.slice(0, 5).join(', ');
  return new MeshError(
    'BMC_NOT_READY',
    `${where}: the change needs a configuration job, and such a job would also apply what somebody else has prepared and not applied (${list}). Apply or delete that first; it is asked again. What was prepared for the console was taken back, but for a VNC password.`,
  );
}
