import {
  type DriverStartOptions,
  type LineObserver,
  type RunningPlugin,
  serveDriver,
} from '@consolemesh/driver-sdk';
import { createIpmiSolDriver } from './driver.ts';
import { type Timings, usualTimings } from './timings.ts';

export type { Timings } from './timings.ts';

/** What the driver needs. */
export interface IpmiSolDriverOptions extends DriverStartOptions {
  /** What is not named is as usual. */
  readonly timings?: Partial<Timings> | undefined;
  /** Sees everything on every line, with the time. */
  readonly observer?: LineObserver | undefined;
}

/** Starts the driver for serial consoles over IPMI (`ipmi-sol` unless told); rejects with one clear line when it cannot listen. */
export function startIpmiSolDriver(options: IpmiSolDriverOptions): Promise<RunningPlugin> {
  const { listen = { host: '127.0.0.1', port: 0 }, name = 'ipmi-sol', timings, observer, ...rest } = options;
  const driver = createIpmiSolDriver({ timings: { ...usualTimings, ...timings }, logger: rest.logger });
  return serveDriver({
    ...rest,
    name,
    version: '0.1.0',
    listen,
    driver,
    observeLine: observer && (() => observer),
  });
}
