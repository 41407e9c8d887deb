import { deadline } from '@consolemesh/bytes';
import { createRedfishClient, RedfishError } from '@consolemesh/redfish';
import { awaitApplied } from '../await-applied.ts';
import { awaitReady } from '../await-ready.ts';
import type { Attribute, Attributes, SettingsPort, Values } from '../settings-port.ts';
import type { PortParts } from '../wsman/open-wsman-port.ts';
import { type DellAttributes, readDellAttributes } from './dell-attributes.ts';
import { redfishError } from './redfish-errors.ts';

const prefix = 'VNCServer.1.';

/** The settings of an iDRAC over Redfish. Owns `http`; logs out when disposed. */
export function openRedfishPort(parts: PortParts & { readonly password: string }): SettingsPort {
  const { http, where, username, password, timings } = parts;
  const client = createRedfishClient(http, { username, password });

  const call = (signal: AbortSignal) => ({ signal, deadlineMs: timings.requestMs });

  async function named<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw redfishError(error, where, username, what);
    }
  }

  /** Why the service does not answer yet. */
  async function busy(signal: AbortSignal): Promise<string | undefined> {
    try {
      await client.get('/redfish/v1/Managers', call(signal));
      return undefined;
    } catch (error) {
      if (error instanceof RedfishError && error.code === 'BUSY') return error.message;
      throw error;
    }
  }

  async function write(values: Values, signal: AbortSignal): Promise<void> {
    using limit = deadline(timings.applyMs, signal);
    const { path, attributes } = await readDellAttributes(client, call(signal));
    const changes = Object.entries(values).map(([name, value]) => [
      prefix + name,
      asTypeOf(attributes[prefix + name], value),
    ]);
    await client.patch(path, { Attributes: Object.fromEntries(changes) }, call(signal));
    const read = async () => groupOf(await readDellAttributes(client, call(signal)));
    await awaitApplied(read, values, { where, pollMs: timings.pollMs, limit: limit.signal });
  }

  return {
    wire: 'redfish',
    ready: (signal) => named('log in', () => awaitReady(() => busy(signal), where, timings, signal)),
    read: (signal) =>
      named('read its settings', async () => groupOf(await readDellAttributes(client, call(signal)))),
    write: (values, signal) => named('change its settings', () => write(values, signal)),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await http[Symbol.asyncDispose]();
    },
  };
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
