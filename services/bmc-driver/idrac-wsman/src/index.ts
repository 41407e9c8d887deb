import { type RunningPlugin, serveDriver } from '@consolemesh/driver-sdk';
import type { Logger, Trust } from '@consolemesh/mesh';
import { createDracDriver } from './driver.ts';
import type { Timings } from './settings-port.ts';

/** What the driver for iDRACs needs. */
export interface DracDriverOptions {
  /** Where to listen; a free port on 127.0.0.1 when absent. */
  readonly listen?: { readonly host: string; readonly port: number } | undefined;
  readonly trust: Trust;
  readonly logger: Logger;
  /** gRPC target URI that reaches this very instance; the listening address when absent. */
  readonly advertise?: string | undefined;
  /** Time between two looks at a watched console, ms; 60,000 when absent. */
  readonly checkIntervalMs?: number | undefined;
  /** Looks that run at once; 16 when absent. */
  readonly maxChecks?: number | undefined;
  /** How long things are waited for; see `defaultTimings`. */
  readonly timings?: Timings | undefined;
  /** Name that nodes refer to; `idrac-wsman` when absent. */
  readonly name?: string | undefined;
}

/** Starts the driver for iDRACs; rejects with one clear line when it cannot listen. */
export function startDracDriver(options: DracDriverOptions): Promise<RunningPlugin> {
  const { listen = { host: '127.0.0.1', port: 0 }, name = 'idrac-wsman', timings, ...rest } = options;
  return serveDriver({ ...rest, name, version: '0.1.0', listen, driver: createDracDriver(timings) });
}

export { defaultTimings, type Timings } from './settings-port.ts';
