import { setTimeout as pause } from 'node:timers/promises';
import { inject } from 'vitest';
import { libfaketime } from '../../system-packages.mjs';
import { compose, composeFiles, composeOf, container, docker, unwell } from '../docker.ts';
import { withinMs } from './wait.ts';

/** Something that goes wrong for a while. */
export interface Fault {
  readonly name: string;
  /** Makes it wrong, waits as long as it stays so, and mends it. */
  happen(random: () => number): Promise<void>;
}

/** Everything that can be killed. */
const mortals = [
  'conductor-1',
  'conductor-2',
  'token-1',
  'token-2',
  'novncproxy-1',
  'novncproxy-2',
  'bmc-driver-vnc-1',
  'bmc-driver-vnc-2',
  'bmc-driver-idrac-wsman-1',
  'bmc-driver-idrac-wsman-2',
  'container-provider',
  'balancer',
  'postgres',
  'bmc-vnc',
];
/** Networks that a service can be cut off from. */
const cables: readonly [service: string, network: string][] = [
  ['conductor-1', 'mesh'],
  ['conductor-2', 'state'],
  ['token-1', 'mesh'],
  ['token-2', 'state'],
  ['novncproxy-1', 'mesh'],
  ['novncproxy-2', 'users'],
  ['bmc-driver-vnc-1', 'mesh'],
  ['bmc-driver-idrac-wsman-2', 'bmcs'],
  ['bmc-vnc', 'bmcs'],
];

/** Killed with SIGKILL, and started again some seconds later, as a supervisor does. */
export const kills: readonly Fault[] = mortals.map((service) => ({
  name: `kill -9 ${service}`,
  async happen(random) {
    await docker('kill', '--signal', 'KILL', (await container(service)).Id);
    await pause(1_000 + random() * 3_000);
    await docker('start', (await container(service)).Id);
    await withinMs(60_000, `${service} healthy`, () => isHealthy(service));
  },
}));

/** A network cable pulled and put back; the address may be another one then. */
export const cuts: readonly Fault[] = cables.map(([service, network]) => ({
  name: `cut ${service} off from ${network}`,
  async happen(random) {
    const { Id, NetworkSettings } = await container(service);
    const [name, { Aliases }] = Object.entries(NetworkSettings.Networks).find(([key]) =>
      key.endsWith(`_${network}`),
    )!;
    await docker('network', 'disconnect', name, Id);
    await pause(4_000 + random() * 8_000);
    await docker('network', 'connect', ...(Aliases ?? []).flatMap((alias) => ['--alias', alias]), name, Id);
  },
}));

/** Ordinary restarts, one after the other, as when a new version comes. */
export const rolling: Fault = {
  name: 'rolling restart of everything',
  async happen() {
    const stateless = mortals.filter((service) => !['postgres', 'balancer', 'bmc-vnc'].includes(service));
    for (const service of stateless) {
      await compose('restart', service);
      await withinMs(60_000, `${service} healthy`, () => isHealthy(service));
    }
  },
};

export const databaseDown: Fault = {
  name: 'PostgreSQL stopped for 20 s',
  async happen() {
    const { Id } = await container('postgres');
    await docker('stop', Id);
    await pause(20_000);
    await docker('start', Id);
    await withinMs(60_000, 'postgres healthy', () => isHealthy('postgres'));
  },
};

export const fullDisk: Fault = {
  name: 'full disk under PostgreSQL',
  async happen() {
    const shell = (script: string) => compose('exec', '-T', 'disk', 'sh', '-c', script);
    await shell('dd if=/dev/zero of=/data/filler bs=1M 2>/dev/null; test -s /data/filler');
    await pause(15_000);
    await shell('rm /data/filler');
    // It may have given up meanwhile, and comes back by its restart policy.
    await withinMs(60_000, 'postgres healthy', () => isHealthy('postgres'));
  },
};

export const slowMachine: Fault = {
  name: 'a BMC that stands still for 8 s',
  async happen() {
    const { Id } = await container('bmc-idrac-wsman');
    await docker('pause', Id);
    await pause(8_000);
    await docker('unpause', Id);
  },
};

/** One conductor's clock jumps by an hour, forth and back; everybody else's goes right. */
export const steppedClock: Fault = {
  name: 'clock of conductor-1 one hour ahead, then one behind',
  async happen() {
    const project = inject('project');
    process.env.LIBFAKETIME = libfaketime();
    const faked = [...composeFiles, 'test/system/faults/faketime.yml'];
    const up = ['up', '--detach', '--no-deps', 'conductor-1'];
    try {
      await composeOf(project, up, faked);
      await withinMs(60_000, 'conductor-1 healthy', () => isHealthy('conductor-1'));
      for (const step of ['+3600', '-3600', '+0']) {
        await compose('exec', '-T', '--user', '0:0', 'disk', 'sh', '-c', `echo ${step} > /clock/faketime`);
        await pause(6_000);
      }
    } finally {
      await composeOf(project, up);
      await withinMs(60_000, 'conductor-1 healthy', () => isHealthy('conductor-1'));
    }
  },
};

async function isHealthy(service: string): Promise<boolean> {
  return !(await unwell()).includes(service);
}
