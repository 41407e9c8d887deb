import {
  type BootDevice,
  ConsolePhase,
  DriverServiceDefinition,
  type PowerAction,
  type PowerState,
  type StartConsoleResponse,
  type Console as WireConsole,
  type ConsoleContext as WireContext,
} from '@consolemesh/contracts/driver';
import type { Endpoint } from '@consolemesh/contracts/types';
import { isReason, type Violation } from '@consolemesh/errors';
import type { Acceptable } from '../domain/acceptable-kinds.ts';
import { type Failure, failureFromPlugin } from '../domain/failure.ts';
import type { ConsoleKind } from '../domain/kinds.ts';
import type { NodeAccess } from '../domain/node.ts';
import { endpointKindToWire, kindFromWire, kindToWire } from '../wire/kinds.ts';
import { type CallSettings, callPlugin } from './call-plugin.ts';
import { checkEndpoints, checkSentences, checkState, invalidAnswer } from './check-answer.ts';
import type { PluginInstance } from './plugin-instance.ts';

/** What goes with every call about one console. */
export interface ConsoleContext {
  readonly consoleId: string;
  readonly generation: bigint;
  readonly kind: ConsoleKind;
  readonly fence: bigint;
  readonly access: NodeAccess;
  readonly driverState: Buffer;
  readonly restoreState: Buffer;
}

/** What a driver chose. */
export type Started =
  | {
      readonly kind: 'tcp' | 'relay';
      readonly why: string;
      readonly endpoints: readonly Endpoint[];
      readonly driverState: Buffer;
    }
  | {
      readonly kind: 'container';
      readonly why: string;
      readonly app: string;
      /** Secret: a JSON object. */
      readonly appInfo: string;
      readonly driverState: Buffer;
    };

/** A console as its plugin sees it. */
export interface SeenConsole {
  readonly consoleId: string;
  readonly generation: bigint;
  readonly phase: 'starting' | 'ready' | 'degraded' | 'stopped';
  readonly failure: Failure | undefined;
  readonly endpoints: readonly Endpoint[];
  /** Undefined: unchanged. */
  readonly driverState: Buffer | undefined;
}

/** One driver instance in the conductor's words. Everything it answers is checked here, once. */
export interface DriverPort {
  validateNode(
    access: NodeAccess,
    kinds: readonly ConsoleKind[],
    reach: boolean,
    signal?: AbortSignal,
  ): Promise<Violation[]>;
  prepareConsole(
    context: ConsoleContext,
    signal: AbortSignal,
  ): Promise<{ restoreState: Buffer; changes: string[] }>;
  startConsole(
    context: ConsoleContext,
    acceptable: Acceptable,
    secrets: { password: string; attachKey: Buffer },
    signal: AbortSignal,
  ): Promise<Started>;
  /** @param consolePassword what StartConsole got or would have got; empty when it is not known */
  stopConsole(
    context: ConsoleContext,
    consolePassword: string,
    signal: AbortSignal,
  ): Promise<{ leftChanged: string[] }>;
  getConsole(context: ConsoleContext, signal: AbortSignal): Promise<SeenConsole>;
  listConsoles(
    signal: AbortSignal,
  ): AsyncGenerator<{ consoleId: string; generation: bigint; kind: ConsoleKind }>;
  getPower(access: NodeAccess): Promise<PowerState>;
  setPower(access: NodeAccess, action: PowerAction, operationId: string): Promise<PowerState>;
  setBootDevice(access: NodeAccess, device: BootDevice, operationId: string): Promise<void>;
}

/** Longest durations of the calls, ms. */
const limits = {
  validate: 20_000,
  prepare: 60_000,
  start: 120_000,
  stop: 60_000,
  get: 30_000,
  list: 20_000,
  power: 60_000,
};
const pageSize = 500;

/** The adapter to one instance. */
export function createDriverPort(instance: PluginInstance, settings: CallSettings): DriverPort {
  const client = instance.connection.client(DriverServiceDefinition);
  const call = <T>(
    method: string,
    limit: number,
    signal: AbortSignal | undefined,
    run: (signal: AbortSignal) => Promise<T>,
  ) =>
    callPlugin(settings, {
      plugin: `driver ${instance.name}`,
      method,
      limit,
      unavailable: 'DRIVER_UNAVAILABLE',
      signal,
      run,
    });

  return {
    validateNode: (access, kinds, checkReachability, signal) =>
      call('ValidateNode', limits.validate, signal, async (signal) => {
        const request = {
          node: accessToWire(instance, access),
          kinds: kinds.map(kindToWire),
          checkReachability,
        };
        const { violations } = await client.validateNode(request, { signal });
        return violations.slice(0, 100).map(({ field, reason, message }) => ({
          field: field.slice(0, 200),
          reason: isReason(reason) ? reason : 'FIELD_INVALID',
          message: message.slice(0, 1_000),
        }));
      }),
    prepareConsole: (context, signal) =>
      call('PrepareConsole', limits.prepare, signal, async (signal) => {
        const answer = await client.prepareConsole({ context: contextToWire(instance, context) }, { signal });
        return {
          restoreState: checkState(answer.restoreState, 'restore_state'),
          changes: checkSentences(answer.changes, 'changes'),
        };
      }),
    startConsole: (context, acceptable, secrets, signal) =>
      call('StartConsole', limits.start, signal, async (signal) => {
        const answer = await client.startConsole(
          {
            context: contextToWire(instance, context),
            acceptable: acceptable.kinds.map(endpointKindToWire),
            excluded: acceptable.excluded.map(({ kind, why }) => ({ kind: endpointKindToWire(kind), why })),
            consolePassword: secrets.password,
            attachKey: secrets.attachKey,
          },
          { signal },
        );
        return checkStarted(answer, acceptable);
      }),
    stopConsole: (context, consolePassword, signal) =>
      call('StopConsole', limits.stop, signal, async (signal) => {
        const answer = await client.stopConsole(
          { context: contextToWire(instance, context), consolePassword },
          { signal },
        );
        return { leftChanged: checkSentences(answer.leftChanged, 'settings left changed') };
      }),
    getConsole: (context, signal) =>
      call('GetConsole', limits.get, signal, async (signal) => {
        const { console } = await client.getConsole(
          { context: contextToWire(instance, context) },
          { signal },
        );
        const seen = console && seenConsole(console, settings.scheduler.now());
        if (!seen || seen.consoleId !== context.consoleId)
          return invalidAnswer('another console than it was asked for');
        return seen;
      }),
    async *listConsoles(signal) {
      for (let pageToken = ''; ; ) {
        const page = await call('ListConsoles', limits.list, signal, (signal) =>
          client.listConsoles({ pageSize, pageToken }, { signal }),
        );
        for (const { key, kind } of page.consoles) {
          if (key) {
            yield {
              consoleId: key.consoleId,
              generation: key.generation,
              kind: kindFromWire(kind) ?? 'graphical',
            };
          }
        }
        if (page.nextPageToken === '' || page.nextPageToken === pageToken) return;
        pageToken = page.nextPageToken;
      }
    },
    getPower: (access) =>
      call('GetPowerState', limits.power, undefined, async (signal) => {
        return (await client.getPowerState({ node: accessToWire(instance, access) }, { signal })).state;
      }),
    setPower: (access, action, operationId) =>
      call('SetPowerState', limits.power, undefined, async (signal) => {
        const request = { node: accessToWire(instance, access), action, operationId };
        return (await client.setPowerState(request, { signal })).state;
      }),
    setBootDevice: (access, device, operationId) =>
      call('SetBootDevice', limits.power, undefined, async (signal) => {
        await client.setBootDevice({ node: accessToWire(instance, access), device, operationId }, { signal });
      }),
  };
}

/** A node as it goes to a driver. */
function accessToWire(instance: PluginInstance, access: NodeAccess) {
  const { nodeId, nodeName, info, secrets } = instance.narrow(access);
  return { nodeId, nodeName, driverInfo: { ...info }, driverSecrets: { ...secrets } };
}

/** A console as it goes to a driver. */
export function contextToWire(instance: PluginInstance, context: ConsoleContext): WireContext {
  return {
    key: { consoleId: context.consoleId, generation: context.generation },
    kind: kindToWire(context.kind),
    fence: context.fence,
    node: accessToWire(instance, context.access),
    driverState: context.driverState,
    restoreState: context.restoreState,
  };
}

/** A console as a driver sees it; undefined when it names none. Checked again when its endpoints are used. */
export function seenConsole(console: WireConsole, now: number): SeenConsole | undefined {
  const { key, failure } = console;
  if (!key) return undefined;
  return {
    consoleId: key.consoleId,
    generation: key.generation,
    phase: phases[console.phase] ?? 'stopped',
    failure: failure && failureFromPlugin(failure.reason, failure.message, now),
    endpoints: console.endpoints,
    driverState:
      console.driverState.length === 0 ? undefined : checkState(console.driverState, 'driver_state'),
  };
}

const phases: Readonly<Record<number, SeenConsole['phase']>> = {
  [ConsolePhase.STARTING]: 'starting',
  [ConsolePhase.READY]: 'ready',
  [ConsolePhase.DEGRADED]: 'degraded',
  [ConsolePhase.STOPPED]: 'stopped',
};

function checkStarted(answer: StartConsoleResponse, acceptable: Acceptable): Started {
  const kind = acceptable.kinds.find((item) => endpointKindToWire(item) === answer.chosen);
  if (!kind) invalidAnswer('a kind of endpoint that was not acceptable');
  const driverState = checkState(answer.driverState, 'driver_state');
  const why = answer.why.slice(0, 1_000);
  if (kind !== 'container')
    return { kind, why, driverState, endpoints: checkEndpoints(answer.endpoints, kind) };
  const { container } = answer;
  if (!container || !/^[a-z0-9][a-z0-9-]{0,62}$/.test(container.app))
    invalidAnswer('no application for the container');
  if (container.appInfo.length > 64 * 1024) invalidAnswer('an app_info that is too large');
  return { kind, why, driverState, app: container.app, appInfo: container.appInfo };
}
