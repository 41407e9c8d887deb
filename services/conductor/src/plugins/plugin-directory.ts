import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import {
  type GetPluginInfoResponse,
  PluginServiceDefinition,
  PluginType,
  ProbeState,
} from '@consolemesh/contracts/plugin';
import { type Logger, parseTarget, targetOf } from '@consolemesh/mesh';
import { type DriverOptions, optionsForDriver } from '../domain/options-for-driver.ts';
import { every, type Scheduler } from '../scheduler.ts';
import { isTarget } from './check-answer.ts';
import type { ConnectPlugin, PluginConnection, PluginInstance } from './plugin-instance.ts';
import { type PluginPlace, readPluginPlace } from './plugin-place.ts';
import { watchSilence } from './watch-silence.ts';

/** Which plugins there are. */
export interface PluginDirectory extends AsyncDisposable {
  /** Every instance that is known, the gone ones included for a while. Drivers in the order of the configuration. */
  instances(type: PluginInstance['type']): readonly PluginInstance[];
  find(instanceId: string): PluginInstance | undefined;
  /** Whether an instance that was never found can be taken for gone: everybody who is configured has answered, or had time to. */
  isComplete(): boolean;
  /** Calls back when instances came, went or changed their state. Answers how to stop that. */
  onChange(listener: () => void): () => void;
  /** Asks everybody now; resolves when all have answered or have not in time. */
  refresh(): Promise<void>;
}

/** How to find plugins. */
export interface DirectoryOptions {
  /** Places as `readPluginPlace` reads them; each name may stand for several instances. */
  readonly drivers: readonly string[];
  readonly providers: readonly string[];
  readonly connectPlugin: ConnectPlugin;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  /** Between two rounds of questions, ms. */
  readonly pollMs?: number | undefined;
}

/** Longest wait for one answer, ms. */
const answerMs = 2_000;
/** So many rounds without an answer, and an instance is taken for dead. */
const silentRounds = 3;
/** A dead instance is shown for so many rounds more. */
const shownRounds = 100;

interface Known {
  instance: PluginInstance;
  /** Where in the configuration it was found. */
  configured: Configured;
  missed: number;
}

/** An entry of the configuration. */
interface Configured extends PluginPlace {
  readonly type: PluginInstance['type'];
  /** Which one of its type it is. */
  readonly order: number;
}

/**
 * Finds the instances behind the configured names and keeps asking them who they are and how they are. An instance is dead when it has
 * been silent for three rounds, or at once when another one answers in its place.
 */
export function createPluginDirectory(options: DirectoryOptions): PluginDirectory {
  const { scheduler, logger, connectPlugin } = options;
  const known = new Map<string, Known>();
  const channels = new Map<string, PluginConnection>();
  const listeners = new Set<() => void>();
  let closed = false;
  let rounds = 0;
  let complete = false;

  const configured = [
    ...options.drivers.map((text, order) => configuredAs('driver', text, order)),
    ...options.providers.map((text, order) => configuredAs('provider', text, order)),
  ];
  const channel = (target: string, service: string | undefined): PluginConnection => {
    const key = JSON.stringify([target, service]);
    const open = channels.get(key) ?? connectPlugin(target, service);
    channels.set(key, open);
    return open;
  };
  const silence = watchSilence<Configured>(logger, silentRounds);

  /** What drivers take, by their names, and which of the configured places have answered: kept when their instances are gone. */
  const schemas = new Map<string, DriverOptions>();
  const heard = new Set<number>();

  async function askAt({ target, entries }: Place): Promise<string | undefined> {
    const [configured] = entries;
    const { type, service } = configured;
    const client = channel(target, service).client(PluginServiceDefinition);
    const ended = new AbortController();
    const timer = scheduler.after(answerMs, () => ended.abort());
    const { signal } = ended;
    try {
      const info = await client.getPluginInfo({}, { signal });
      checkInfo(info, type);
      const before = known.get(info.instanceId);
      const capabilities =
        before?.instance.capabilities ?? (await client.getPluginCapabilities({}, { signal }));
      const { state, message } = await client.probe({}, { signal });
      const instance: PluginInstance = {
        type,
        name: info.name,
        instanceId: info.instanceId,
        target: info.target,
        version: info.version.slice(0, 64),
        optionsSchema: info.optionsSchema,
        capabilities,
        state,
        message: message.slice(0, 1_000),
        gone: false,
        connection: channel(info.target, service),
        narrow: (access) =>
          optionsForDriver(access, instance, [...schemas.values()], heard.size === options.drivers.length),
      };
      if (!before || before.instance.gone) {
        logger.info(
          { type, name: info.name, instance: info.instanceId, target: info.target },
          'found a plugin',
        );
      }
      known.set(info.instanceId, { instance, configured, missed: 0 });
      if (type === 'driver') {
        schemas.set(info.name, { name: info.name, optionsSchema: info.optionsSchema });
        for (const { order } of entries) heard.add(order);
      }
      return info.instanceId;
    } catch (error) {
      if (!closed) for (const entry of entries) silence.failed(entry, error);
      return undefined;
    } finally {
      timer[Symbol.dispose]();
    }
  }

  async function refresh(): Promise<void> {
    const before = summary(known);
    const places = await findPlaces(configured, known);
    const answers = await Promise.all(places.map(askAt));
    rounds += 1;
    const answered = new Set(places.flatMap(({ entries }, n) => (answers[n] === undefined ? [] : entries)));
    if (!closed) for (const entry of configured) silence.round(entry, answered.has(entry));
    complete = rounds >= silentRounds || (places.length > 0 && answers.every((id) => id !== undefined));
    const present = new Set(answers.filter((id) => id !== undefined));
    const replaced = new Set(
      [...known.values()]
        .filter(({ instance }) => present.has(instance.instanceId))
        .map(({ instance }) => instance.target),
    );
    for (const [id, entry] of known) {
      if (present.has(id)) continue;
      entry.missed += 1;
      const gone = entry.missed >= silentRounds || replaced.has(entry.instance.target);
      if (gone && !entry.instance.gone) {
        logger.warn({ name: entry.instance.name, instance: id }, 'a plugin is gone');
        entry.instance = { ...entry.instance, gone, message: 'It does not answer any more.' };
      }
      if (entry.missed > shownRounds) known.delete(id);
    }
    if (summary(known) !== before) for (const listener of [...listeners]) listener();
  }

  const polling = every(scheduler, options.pollMs ?? 3_000, refresh);
  return {
    instances: (type) =>
      [...known.values()]
        .filter(({ instance }) => instance.type === type)
        .sort(
          (a, b) =>
            a.configured.order - b.configured.order ||
            (a.instance.instanceId < b.instance.instanceId ? -1 : 1),
        )
        .map(({ instance }) => instance),
    find: (instanceId) => known.get(instanceId)?.instance,
    isComplete: () => complete,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    refresh,
    async [Symbol.asyncDispose]() {
      closed = true;
      // Closing the channels first ends the questions that are still open.
      for (const open of channels.values()) open[Symbol.dispose]();
      await polling[Symbol.asyncDispose]();
    },
  };
}

function configuredAs(type: Configured['type'], text: string, order: number): Configured {
  const place = readPluginPlace(text);
  if (!place) throw new Error(`${text} is no place of a plugin`);
  return { ...place, type, order };
}

/** Somebody to ask, and the entries that lead there; the first of them counts. */
interface Place {
  readonly target: string;
  readonly entries: [Configured, ...Configured[]];
}

/** Every address behind the configured names, and the targets of instances that are known from before. */
async function findPlaces(
  entries: readonly Configured[],
  known: ReadonlyMap<string, Known>,
): Promise<Place[]> {
  const resolved = await Promise.all(
    entries.map(async (entry) => (await addressesOf(entry.target)).map((target) => ({ target, entry }))),
  );
  const places = new Map<string, Place>();
  for (const { target, entry } of resolved.flat()) {
    const place = places.get(target);
    if (place) place.entries.push(entry);
    else places.set(target, { target, entries: [entry] });
  }
  for (const { instance, configured } of known.values()) {
    if (instance.gone || places.has(instance.target)) continue;
    places.set(instance.target, { target: instance.target, entries: [configured] });
  }
  return [...places.values()];
}

/** A name stands for all of its addresses; everything else stands for itself. */
async function addressesOf(target: string): Promise<string[]> {
  const parsed = parseTarget(target);
  if (!parsed || isIP(parsed.host) !== 0) return [target];
  try {
    const found = await lookup(parsed.host, { all: true });
    return found.map(({ address }) => targetOf(address, parsed.port));
  } catch {
    return [];
  }
}

function checkInfo(info: GetPluginInfoResponse, type: PluginInstance['type']): void {
  const expected = type === 'driver' ? PluginType.DRIVER : PluginType.PROVIDER;
  if (info.type !== expected) throw new Error(`it is no ${type}`);
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(info.name)) throw new Error('its name is not usable');
  if (info.instanceId === '' || info.instanceId.length > 128)
    throw new Error('its instance id is not usable');
  if (!isTarget(info.target)) throw new Error('its target is not usable');
}

function summary(known: ReadonlyMap<string, Known>): string {
  return JSON.stringify(
    [...known.values()].map(({ instance }) => [instance.instanceId, instance.state, instance.gone]),
  );
}

/** Whether an instance takes calls. */
export function isUsable(instance: PluginInstance | undefined): instance is PluginInstance {
  return instance !== undefined && !instance.gone && instance.state === ProbeState.READY;
}
