import { deadline } from '@consolemesh/bytes';
import { MeshError } from '@consolemesh/errors';
import { createRedfishClient, RedfishError } from '@consolemesh/redfish';
import { awaitApplied } from '../await-applied.ts';
import { awaitReady } from '../await-ready.ts';
import { letFinish } from '../let-finish.ts';
import type { Attribute, Attributes, SettingsPort, Values } from '../settings-port.ts';
import type { PortParts } from '../wsman/open-wsman-port.ts';
import { createDellAttributesReader, type DellAttributes } from './dell-attributes.ts';
import { redfishError } from './redfish-errors.ts';

const prefix = 'VNCServer.1.';

/** The settings of an iDRAC over Redfish. Owns `http`; logs out when disposed. */
export function openRedfishPort(parts: PortParts & { readonly password: string }): SettingsPort {
  const { http, where, username, password, timings } = parts;
  const client = createRedfishClient(http, { username, password });
  const readAll = createDellAttributesReader(client);
  const call = (signal: AbortSignal) => ({ signal, deadlineMs: timings.requestMs });
  let latest: DellAttributes | undefined;
  let fresh: Attributes | undefined;

  async function named<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw redfishError(error, where, username, what);
    }
  }

  async function read(signal: AbortSignal): Promise<Attributes> {
    latest = await readAll(call(signal));
    return groupOf(latest);
  }

  /** Why the attributes cannot be read yet. */
  async function notReady(signal: AbortSignal): Promise<string | undefined> {
    try {
      fresh = await read(signal);
      return undefined;
    } catch (error) {
      if (error instanceof RedfishError && isPassing(error, where, username)) return error.message;
      throw error;
    }
  }

  /** What `ready` has just read. */
  function takeFresh(): Attributes | undefined {
    const taken = fresh;
    fresh = undefined;
    return taken;
  }

  async function write(values: Values, signal: AbortSignal): Promise<Attributes> {
    using limit = deadline(timings.applyMs, signal);
    const { path, attributes } = latest ?? (await readAll(call(signal)));
    const changes = Object.entries(values).map(([name, value]) => [
      prefix + name,
      asTypeOf(attributes[prefix + name], value),
    ]);
    using finish = letFinish(signal);
    // A change may be a task that takes its time.
    const patch = { signal: finish.signal, deadlineMs: timings.applyMs };
    await client.patch(path, { Attributes: Object.fromEntries(changes) }, patch);
    signal.throwIfAborted();
    const about = { where, pollMs: timings.pollMs, limit: limit.signal };
    return await awaitApplied(() => read(signal), values, about, signal);
  }

  return {
    wire: 'redfish',
    ready: (signal) => named('log in', () => awaitReady(() => notReady(signal), where, timings, signal)),
    read: (signal) => named('read its settings', async () => takeFresh() ?? read(signal)),
    write: (values, signal) => named('change its settings', () => write(values, signal)),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      // A login that was on its way is waited for and logged out, half a minute at most; nobody has to wait for that.
      // Nobody is left to be told that closing failed.
      void client.ended.then(() => http[Symbol.asyncDispose]()).catch(() => {});
    },
  };
}

/** Whether it is asked again: it is busy, or says in words or by its message id that it is not ready. */
function isPassing(error: RedfishError, where: string, username: string): boolean {
  const known = redfishError(error, where, username, 'read its settings');
  return known instanceof MeshError && known.reason === 'BMC_NOT_READY';
}

/** Firmware disagrees whether `Timeout` is a number or text: what was read says how to write. */
function asTypeOf(read: unknown, value: string): unknown {
  return typeof read === 'number' ? Number(value) : value;
}

function groupOf({ attributes }: DellAttributes): Attributes {
  const group = new Map<string, Attribute>();
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith(prefix))
      group.set(name.slice(prefix.length), { value: String(value ?? ''), readOnly: false });
  }
  return group;
}
