import { type RunningPlugin, serveDriver } from '@consolemesh/driver-sdk';
import type { Logger, Trust } from '@consolemesh/mesh';
import { createFakeDriver } from './driver.ts';
import type { FakeMachines } from './fake-machine.ts';
import { lyingService } from './lying-service.ts';

export type { FakeMachine, FakeMachines } from './fake-machine.ts';
export { serialBanner } from './serial-line.ts';

/** What the fake driver needs. */
export interface FakeDriverOptions {
  /** Where to listen; a free port on 127.0.0.1 when absent. */
  readonly listen?: { readonly host: string; readonly port: number } | undefined;
  readonly trust: Trust;
  readonly logger: Logger;
  readonly advertise?: string | undefined;
  /** Affinity that it claims; `none` when absent. */
  readonly affinity?: 'none' | 'instance' | undefined;
  /** Name that nodes refer to; `fake` when absent. */
  readonly name?: string | undefined;
  /** Machines that several instances share; its own when absent. */
  readonly machines?: FakeMachines | undefined;
  /** Time between two looks at a watched console, ms; 60,000 when absent. */
  readonly checkIntervalMs?: number | undefined;
}

/** A fake driver that runs. */
export interface RunningFakeDriver extends RunningPlugin {
  /** The machines that are made up, by node id, to look at from tests. */
  readonly machines: FakeMachines;
}

/** Starts a driver whose machines are made up. */
export async function startFakeDriver(options: FakeDriverOptions): Promise<RunningFakeDriver> {
  const {
    listen = { host: '127.0.0.1', port: 0 },
    name = 'fake',
    affinity = 'none',
    machines = new Map(),
    ...rest
  } = options;
  const driver = createFakeDriver(affinity, machines);
  const running = await serveDriver({ ...rest, name, version: '0.1.0', listen, driver, wrap: lyingService });
  return { ...running, machines };
}
