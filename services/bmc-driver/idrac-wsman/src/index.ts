import { type DriverStartOptions, type RunningPlugin, serveDriver } from '@consolemesh/driver-sdk';
import { createDracDriver } from './driver.ts';
import type { Timings } from './settings-port.ts';

/** What the driver for iDRACs needs. */
export interface DracDriverOptions extends DriverStartOptions {
  /** How long things are waited for; see `defaultTimings`. */
  readonly timings?: Timings | undefined;
}

/** Starts the driver for iDRACs (`idrac-wsman` unless told); rejects with one clear line when it cannot listen. */
export function startDracDriver(options: DracDriverOptions): Promise<RunningPlugin> {
  const { listen = { host: '127.0.0.1', port: 0 }, name = 'idrac-wsman', timings, ...rest } = options;
  return serveDriver({ ...rest, name, version: '0.1.0', listen, driver: createDracDriver(timings) });
}

export { defaultTimings, type Timings } from './settings-port.ts';
