import { type DriverStartOptions, type RunningPlugin, serveDriver } from '@consolemesh/driver-sdk';
import { vncDriver } from './driver.ts';

/** Starts the driver for VNC servers (`vnc` unless told); rejects with one clear line when it cannot listen. */
export function startVncDriver(options: DriverStartOptions): Promise<RunningPlugin> {
  const { listen = { host: '127.0.0.1', port: 0 }, name = 'vnc', ...rest } = options;
  return serveDriver({ ...rest, name, version: '0.1.0', listen, driver: vncDriver });
}
