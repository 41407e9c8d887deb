import { type DriverStartOptions, type RunningPlugin, serveDriver } from '@consolemesh/driver-sdk';
import { createSocatDriver } from './driver.ts';
import { takeRuntimeFolder } from './host/runtime-folder.ts';
import { openPairs } from './pair/pairs.ts';
import { isWildcard, parseIpAddress, reachableFromHere } from './settings/ip-address.ts';
import { type PortRange, parsePortRange } from './settings/port-ranges.ts';

export { type PortRange, parsePortRange } from './settings/port-ranges.ts';

/** What the driver for socat and ipmitool needs; what is absent is as its setting's default. */
export interface SocatDriverOptions extends DriverStartOptions {
  /** IP address at which each socat listens, an IPv6 one with or without brackets. */
  readonly address?: string | undefined;
  /** Host that the address for Nova names. */
  readonly advertisedHost?: string | undefined;
  readonly portRange?: readonly PortRange[] | undefined;
  /** 0 = never. */
  readonly idleTimeoutMs?: number | undefined;
  readonly startTimeoutMs?: number | undefined;
  readonly checkEveryMs?: number | undefined;
  readonly killTimeoutMs?: number | undefined;
  readonly runtimeFolder?: string | undefined;
  readonly adopt?: 'auto' | 'always' | 'never' | undefined;
  readonly adoptWithinMs?: number | undefined;
  /** PATH of socat, ipmitool and flock; that of this process when absent. */
  readonly path?: string | undefined;
}

/** Starts the driver for socat and ipmitool (`ipmi-socat` unless told); rejects with one clear line when it cannot. */
export async function startSocatDriver(options: SocatDriverOptions): Promise<RunningPlugin> {
  const { listen = { host: '127.0.0.1', port: 0 }, name = 'ipmi-socat', logger } = options;
  const address = readAddress(options.address ?? '127.0.0.1');
  const advertisedHost = options.advertisedHost ?? address;
  if (isWildcard(advertisedHost)) {
    throw new Error(
      `CONSOLEMESH_SOCAT_ADVERTISE has to be set, because CONSOLEMESH_SOCAT_ADDRESS is ${address}`,
    );
  }
  const path = options.path ?? process.env.PATH ?? '/usr/bin:/bin';
  const { adopt = 'auto' } = options;
  const runtime = await takeRuntimeFolder(options.runtimeFolder);
  const pairs = await openPairs(
    runtime,
    {
      address,
      portRanges: options.portRange ?? [parsePortRange('10000:11000')],
      idleTimeoutMs: options.idleTimeoutMs ?? 0,
      limits: {
        startTimeoutMs: options.startTimeoutMs ?? 10_000,
        checkEveryMs: options.checkEveryMs ?? 1_000,
        killTimeoutMs: options.killTimeoutMs ?? 3_000,
        path,
      },
      // systemd sets it for every service that it starts; whether processes outlive them is up to KillMode.
      adopts: adopt === 'always' || (adopt === 'auto' && process.env.INVOCATION_ID !== undefined),
      adoptWithinMs: options.adoptWithinMs ?? 15 * 60_000,
    },
    logger,
  );
  const driver = createSocatDriver({ pairs, localHost: reachableFromHere(address), advertisedHost, path });
  try {
    const { trust, advertise, checkIntervalMs, maxChecks, consoleLog } = options;
    return await serveDriver({
      trust,
      logger,
      advertise,
      checkIntervalMs,
      maxChecks,
      consoleLog,
      name,
      version: '0.1.0',
      listen,
      driver,
    });
  } catch (error) {
    await pairs[Symbol.asyncDispose]();
    throw error;
  }
}

function readAddress(text: string): string {
  try {
    return parseIpAddress(text);
  } catch {
    throw new Error(`CONSOLEMESH_SOCAT_ADDRESS is ${text}; expected an IP address of this host`);
  }
}
