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

/** Everything that can be killed, but for what serial consoles alone need. */
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
/** What serial consoles need, in the order of its pendants among the former. */
const serialMortals = [
  'serialproxy-1',
  'serialproxy-2',
  'bmc-driver-ipmi-sol-1',
  'bmc-driver-ipmi-sol-2',
  'bmc-driver-redfish-serial-1',
  'bmc-driver-redfish-serial-2',
  'bmc-driver-ipmi-socat-1',
];
/** Services without a serial pendant: every console needs them. */
const common = /conductor|token|balancer|postgres|bmc-vnc/;

type Cable = readonly [service: string, network: string];
/** Networks that a service can be cut off from. */
const cables: readonly Cable[] = [
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
const serialCables: readonly Cable[] = [
  ['serialproxy-1', 'mesh'],
  ['serialproxy-2', 'users'],
  ['bmc-driver-ipmi-sol-1', 'mesh'],
  ['bmc-driver-ipmi-sol-2', 'bmcs'],
  ['bmc-driver-ipmi-socat-1', 'bmcs'],
  ['bmc-driver-redfish-serial-1', 'mesh'],
  ['bmc-openbmc', 'bmcs'],
];

/** Killed with SIGKILL, and started again some seconds later, as a supervisor does. */
const kill = (service: string): Fault => ({
  name: `kill -9 ${service}`,
  async happen(random) {
    await docker('kill', '--signal', 'KILL', (await container(service)).Id);
    await pause(1_000 + random() * 3_000);
    await docker('start', (await container(service)).Id);
    await withinMs(60_000, `${service} healthy`, () => isHealthy(service));
  },
});
export const kills = mortals.map(kill);
export const serialKills = serialMortals.map(kill);

/** A network cable pulled and put back; the address may be another one then. */
const cut = ([service, network]: Cable): Fault => ({
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
});
export const cuts = cables.map(cut);
export const serialCuts = serialCables.map(cut);

/** Puts faults of serial consoles beside those of graphical ones, so that both take the time of one; what every console needs stays alone. */
export function besideEachOther(faults: readonly Fault[], serial: readonly Fault[]): Fault[] {
  const left = [...serial];
  const joined = faults.map((fault) => {
    const other = common.test(fault.name) ? undefined : left.shift();
    return other ? atOnce(fault, other) : fault;
  });
  return [...joined, ...left];
}

function atOnce(...faults: Fault[]): Fault {
  return {
    name: faults.map(({ name }) => name).join(' and '),
    async happen(random) {
      await Promise.all(faults.map((fault) => fault.happen(random)));
    },
  };
}

/** Ordinary restarts, one after the other, as when a new version comes; serial and graphical ones side by side. */
export const rolling: Fault = {
  name: 'rolling restart of everything',
  async happen() {
    const stateless = mortals.filter((service) => !['postgres', 'balancer', 'bmc-vnc'].includes(service));
    const serial = [...serialMortals];
    for (const service of stateless) {
      const both = [service, ...(common.test(service) ? [] : serial.splice(0, 1))];
      await compose('restart', ...both);
      await withinMs(60_000, `${both.join(' and ')} healthy`, async () => {
        const sick = await unwell();
        return !both.some((one) => sick.includes(one));
      });
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
