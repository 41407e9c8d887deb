import { type DriverStartOptions, type RunningPlugin, serveDriver } from '@consolemesh/driver-sdk';
import { createFakeDriver } from './driver.ts';
import type { FakeMachines } from './fake-machine.ts';
import { lyingService } from './lying-service.ts';

export type { FakeMachine, FakeMachines } from './fake-machine.ts';
export { breakEcho, serialBanner } from './serial-line.ts';

/** What the fake driver needs. */
export interface FakeDriverOptions extends DriverStartOptions {
  /** Affinity that it claims; `none` when absent. */
  readonly affinity?: 'none' | 'instance' | undefined;
  /** Machines that several instances share; its own when absent. */
  readonly machines?: FakeMachines | undefined;
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
