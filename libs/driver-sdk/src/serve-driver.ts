import { randomUUID } from 'node:crypto';
import { DriverServiceDefinition, type DriverServiceImplementation } from '@consolemesh/contracts/driver';
import { Capability, PluginServiceDefinition } from '@consolemesh/contracts/plugin';
import { bind, type Logger, serve, streamDefinition, type Trust } from '@consolemesh/mesh';
import { observe } from '@consolemesh/telemetry';
import { createBreaker } from './breaker.ts';
import type { ConsoleCall, Driver, OptionsSchema } from './driver.ts';
import { createGenerationGate } from './generation-gate.ts';
import type { LineObserver } from './hub/taps.ts';
import { recordsLines, withConsoleLog } from './record/console-log-option.ts';
import { type ConsoleLogOptions, openConsoleLogs } from './record/open-console-logs.ts';
import { createRelayDoor } from './relay/relay-door.ts';
import { createConsoleLife, offeredKinds } from './service/console-life.ts';
import { createConsoleDescriber } from './service/describe-console.ts';
import { createDriverService } from './service/driver-service.ts';
import { sendsBreaks } from './service/machine-calls.ts';
import { createPluginService, requirePluginName } from './service/plugin-service.ts';
import { createCallReader } from './service/read-calls.ts';
import { countLines } from './service/watch-lines.ts';
import { createLimiter } from './watch/limiter.ts';

/** What a driver needs to be served. */
export interface ServeDriverOptions<Info, Secrets> {
  /** Name that nodes refer to, such as `vnc`; lower-case letters, digits and hyphens. */
  readonly name: string;
  readonly version: string;
  /** Where to listen; port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly trust: Trust;
  readonly logger: Logger;
  /** gRPC target URI that reaches this very instance from elsewhere; the listening address when absent. */
  readonly advertise?: string | undefined;
  readonly driver: Driver<Info, Secrets>;
  /** Time between two looks at a watched console, ms; 60,000 when absent. */
  readonly checkIntervalMs?: number | undefined;
  /** Looks that run at once; 16 when absent. */
  readonly maxChecks?: number | undefined;
  /** Puts something around the service, for fakes that answer wrongly on request. */
  readonly wrap?: ((service: DriverServiceImplementation) => DriverServiceImplementation) | undefined;
  /** Asked for each serial line that its clients share: who wants to see everything on it, such as a recorder. */
  readonly observeLine?: ((console: ConsoleCall) => LineObserver | undefined) | undefined;
  /** Where what serial lines say is recorded, for nodes with `console_log`; without it none can be. */
  readonly consoleLog?: ConsoleLogOptions | undefined;
  /** The clock, ms since the epoch. */
  readonly now?: (() => number) | undefined;
}

/** What the start function of a driver takes: all but what the driver knows itself. */
export interface DriverStartOptions
  extends Pick<
    ServeDriverOptions<never, never>,
    'trust' | 'logger' | 'advertise' | 'checkIntervalMs' | 'maxChecks' | 'consoleLog'
  > {
  /** Where to listen; a free port on 127.0.0.1 when absent. */
  readonly listen?: ServeDriverOptions<never, never>['listen'] | undefined;
  /** Name that nodes refer to; the driver's own when absent. */
  readonly name?: string | undefined;
}

/** A driver that is being served. */
export interface RunningPlugin extends AsyncDisposable {
  /** gRPC target URI of this very instance. */
  readonly target: string;
  readonly host: string;
  readonly port: number;
  readonly instanceId: string;
  /** One line for the log. */
  readonly describe: string;
}

/**
 * Serves a driver: driver.v1, plugin.v1, stream.v1, health and reflection, with every rule of driver/v1/SPEC.md. Disposing ends clients
 * with DRAINING, lets unary calls finish and then disposes the driver; consoles are not stopped.
 */
export async function serveDriver<Info, Secrets>(
  options: ServeDriverOptions<Info, Secrets>,
): Promise<RunningPlugin> {
  const { name, version, logger, now = Date.now, checkIntervalMs = 60_000 } = options;
  requirePluginName(name);
  // The reader hands over exactly what passed the driver's own schema, which is what its type parameters describe.
  const driver = withConsoleLog(options.driver as unknown as Driver);
  const instanceId = randomUUID();
  let target = options.advertise ?? '';
  const listeners = new Set<(consoleId: string) => void>();
  const changed = (consoleId: string) => {
    for (const listener of listeners) listener(consoleId);
  };
  const onChange = (listener: (consoleId: string) => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };

  const { consoleLog } = options;
  const logs = consoleLog && recordsLines(driver) ? await openConsoleLogs(consoleLog, logger) : undefined;
  const breaker = createBreaker(now);
  const door = createRelayDoor({ logger, now, onSessions: changed });
  const life = createConsoleLife({
    name,
    driver,
    breaker,
    door,
    logger,
    target: () => target,
    changed,
    now,
    observeLine: options.observeLine,
    logs,
  });
  const gate = createGenerationGate(life);
  gate.onChange(changed);
  const reader = createCallReader(driver, logs !== undefined);
  const describer = createConsoleDescriber({ driver, gate, life, door, now });
  const limiter = createLimiter(options.maxChecks ?? 16);
  const watch = { reader, describer, limiter, checkIntervalMs, onChange, random: Math.random };
  const service = createDriverService({ ...watch, driver, gate, life, door, now, logs });
  const plugin = createPluginService({
    name,
    version,
    instanceId,
    type: 'driver',
    optionsSchema: publishedSchema(driver.options),
    consoles: driver.consoles.map((console) => ({
      ...console,
      endpointKinds: offeredKinds(driver, console.kind),
    })),
    capabilities: capabilitiesOf(driver, logs !== undefined),
    target: () => target,
    probe: async () => driver.probe?.(),
  });

  const server = await serve({
    listen: options.listen,
    trust: options.trust,
    logger,
    services: [
      bind(DriverServiceDefinition, options.wrap?.(service) ?? service),
      bind(PluginServiceDefinition, plugin),
      bind(streamDefinition, door.implementation),
    ],
  });
  target ||= server.target;
  const labels = { driver: name };
  const observed = [
    observe('consolemesh_bmc_circuits_open', () => [{ labels, value: breaker.counts().open }]),
    observe('consolemesh_bmc_logins_refused', () => [{ labels, value: breaker.counts().refused }]),
    observe('consolemesh_serial_lines', () => countLines(name, door.hubs)),
    observe('consolemesh_console_logs_paused', () => [{ labels, value: logs?.paused ?? 0 }]),
    observe('consolemesh_console_log_bytes', () => [{ labels, value: logs?.bytes ?? 0 }]),
  ];
  return {
    target,
    host: server.host,
    port: server.port,
    instanceId,
    describe: `driver ${name} on ${server.target}`,
    async [Symbol.asyncDispose]() {
      for (const metric of observed) metric[Symbol.dispose]();
      await door[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await logs?.[Symbol.asyncDispose]();
      await driver[Symbol.asyncDispose]?.();
    },
  };
}

/** What is there is advertised; nothing is configured. */
function capabilitiesOf(driver: Driver, records: boolean): Capability[] {
  const possible: [boolean, Capability][] = [
    [driver.power !== undefined, Capability.POWER],
    [driver.setBootDevice !== undefined, Capability.BOOT_DEVICE],
    [sendsBreaks(driver), Capability.SERIAL_BREAK],
    [driver.captureScreen !== undefined, Capability.SCREENSHOT],
    [records || driver.readLog !== undefined, Capability.CONSOLE_LOG],
    [driver.prepare !== undefined, Capability.CHANGES_BMC],
  ];
  return possible.filter(([has]) => has).map(([, capability]) => capability);
}

function publishedSchema(options: { driver_info: OptionsSchema; driver_secrets: OptionsSchema }): object {
  const closed = (schema: OptionsSchema) => ({ ...schema, additionalProperties: false });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: { driver_info: closed(options.driver_info), driver_secrets: closed(options.driver_secrets) },
  };
}
