import {
  type DriverStartOptions,
  type LineObserver,
  type RunningPlugin,
  serveDriver,
} from '@consolemesh/driver-sdk';
import { createRedfishSerialDriver } from './driver.ts';
import { type Timings, usualTimings } from './timings.ts';

export type { Timings } from './timings.ts';

/** What the driver needs. */
export interface RedfishSerialDriverOptions extends DriverStartOptions {
  /** What is not named is as usual. */
  readonly timings?: Partial<Timings> | undefined;
  /** Sees everything on every line, with the time. */
  readonly observer?: LineObserver | undefined;
}

/** Starts the driver for serial consoles that Redfish names (`redfish-serial` unless told); rejects with one clear line when it cannot listen. */
export function startRedfishSerialDriver(options: RedfishSerialDriverOptions): Promise<RunningPlugin> {
  const {
    listen = { host: '127.0.0.1', port: 0 },
    name = 'redfish-serial',
    timings,
    observer,
    ...rest
  } = options;
  return serveDriver({
    ...rest,
    name,
    version: '0.1.0',
    listen,
    driver: createRedfishSerialDriver({ ...usualTimings, ...timings }),
    observeLine: observer && (() => observer),
  });
}
