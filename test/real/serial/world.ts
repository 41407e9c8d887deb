import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  ConsoleServiceDefinition,
  InventoryServiceDefinition,
  type Node,
  NodeServiceDefinition,
  ObservedState,
} from '@consolemesh/contracts/conductor';
import { ConsoleKind, Role } from '@consolemesh/contracts/types';
import { pingBmc } from '@consolemesh/ipmi';
import { connect, plaintext, toDuration } from '@consolemesh/mesh';
import { eventually } from '../../harness/eventually.ts';
import { lowPorts, takenPorts } from '../../harness/low-ports.ts';
import { createStack, type Stack } from '../../harness/stack.ts';
import { ipmiSimCommand, writeIpmiSim } from '../ipmi-peers.ts';
import { killIfThere, processesOf } from './leftovers.ts';
import { type Machine, startMachine } from './machine.ts';
import { describePart, describeService, type Part } from './part.ts';

/** A mesh of real processes, two machines, and the real programs between them. */
export interface World extends AsyncDisposable {
  readonly folder: string;
  readonly parts: Readonly<Record<PartName, Part>>;
  /** Where ipmi-socat keeps what belongs to its consoles. */
  readonly runtime: string;
  /** The machine behind ipmi_sim. */
  readonly machine: Machine;
  readonly bmcs: readonly Bmc[];
  link(node: NodeName, role: 'control' | 'view'): Promise<string>;
  disable(node: NodeName): Promise<void>;
  /** Ends everything as an operator does; answers what is left over, in words. */
  endInOrder(): Promise<string[]>;
}

export type PartName = 'token' | 'conductor' | 'proxy' | 'sol' | 'socat' | 'simulator' | 'ipmiSim';
export type NodeName = 'rack1-sol' | 'rack2-socat';

/** A BMC, asked with the real ipmitool. */
export interface Bmc {
  readonly name: string;
  ipmitool(...words: string[]): Promise<string>;
}

const kind = ConsoleKind.SERIAL;
const range = 4;
const minute = 60_000;

export async function startWorld({ crossed }: { crossed: boolean }): Promise<World> {
  const stack = createStack();
  try {
    return await build(stack, crossed);
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

async function build(stack: Stack, crossed: boolean): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'consolemesh-serial-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const ports = await lowPorts(11);
  const [token, conductor, web, grpc, line, sol, socat, simulator, ipmiSim, serial, firstOfRange] = ports as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const machine = stack.use(await startMachine(serial));
  const at = (port: number) => `127.0.0.1:${port}`;
  const targetOf = (port: number) => `dns:///${at(port)}`;
  const runtime = join(folder, 'run');
  const shared = {
    CONSOLEMESH_CONDUCTOR_TARGET: targetOf(conductor),
    CONSOLEMESH_TOKEN_TARGET: targetOf(token),
  };
  const url = `http://${at(web)}/`;
  const parts: Record<PartName, Part> = {
    token: describeService(folder, 'token', at(token), { CONSOLEMESH_LISTEN: at(token) }),
    conductor: describeService(folder, 'conductor', at(conductor), {
      CONSOLEMESH_LISTEN: at(conductor),
      CONSOLEMESH_TOKEN_TARGET: targetOf(token),
      CONSOLEMESH_DRIVERS: [sol, socat].map(targetOf).join(','),
      CONSOLEMESH_SERIALPROXY_URL: url,
      CONSOLEMESH_LEASE: '5s',
    }),
    proxy: describeService(folder, 'serialproxy', at(grpc), {
      ...shared,
      CONSOLEMESH_LISTEN: at(web),
      CONSOLEMESH_GRPC_LISTEN: at(grpc),
      CONSOLEMESH_LINE_LISTEN: at(line),
      CONSOLEMESH_PUBLIC_URL: url,
      CONSOLEMESH_OPEN_PER_MINUTE: '1000',
    }),
    sol: describeService(folder, 'bmc-driver/ipmi-sol', at(sol), { CONSOLEMESH_LISTEN: at(sol) }),
    socat: describeService(folder, 'bmc-driver/ipmi-socat', at(socat), {
      CONSOLEMESH_LISTEN: at(socat),
      CONSOLEMESH_SOCAT_RUNTIME_FOLDER: runtime,
      CONSOLEMESH_SOCAT_PORT_RANGE: `${firstOfRange}:${firstOfRange + range}`,
      CONSOLEMESH_SOCAT_ADOPT: 'never',
    }),
    simulator: describeService(folder, 'bmc-simulator', at(simulator), {
      CONSOLEMESH_SIMULATOR_KIND: 'ipmi',
      CONSOLEMESH_SIMULATOR_STAGE: 'console',
      CONSOLEMESH_SIMULATOR_IPMI_LISTEN: at(simulator),
    }),
    ipmiSim: describePart({
      ...{ name: 'ipmi_sim', folder, command: ipmiSimCommand },
      serves: async () =>
        (await pingBmc({ host: '127.0.0.1', port: ipmiSim, tries: 1 }).catch(() => undefined)) !== undefined,
    }),
  };
  await writeIpmiSim(parts.ipmiSim.home, ipmiSim, serial);
  stack.defer(async () => {
    for (const { pid } of await processesOf(folder)) killIfThere(pid);
  });
  stack.defer(() => Promise.all(Object.values(parts).map((part) => part.end('SIGKILL'))));
  await Promise.all(Object.values(parts).map((part) => part.start()));

  const connection = stack.use(connect(targetOf(conductor), { trust: plaintext }));
  const nodes = connection.client(NodeServiceDefinition);
  const consoles = connection.client(ConsoleServiceDefinition);
  await connection.ready(minute);
  await eventually(
    async () => (await connection.client(InventoryServiceDefinition).listDrivers({})).drivers.length,
    (known) => known === 2,
    { what: 'a conductor that knows both drivers', withinMs: 60_000, everyMs: 50 },
  );
  const accounts = {
    simulator: { port: simulator, user: 'root', password: 'calvin' },
    ipmiSim: { port: ipmiSim, user: 'ipmiusr', password: 'test' },
  };
  const enable = async (name: NodeName, driver: string, { port, user, password }: Account) => {
    await nodes.createNode({
      node: {
        name,
        interfaces: { graphical: 'none', serial: driver, power: 'none' },
        driverInfo: {
          ...{ ipmi_address: '127.0.0.1', ipmi_port: `${port}`, ipmi_username: user },
          ipmi_cipher_suite: '3',
        },
        driverSecrets: { ipmi_password: password },
      } as Partial<Node> as Node,
    });
    const signal = AbortSignal.timeout(95_000);
    const { console } = await consoles.enableConsole(
      { node: name, kind, wait: toDuration(90_000) },
      { signal },
    );
    if (console?.observed !== ObservedState.READY)
      throw new Error(`${name} is not READY: ${console?.lastError?.message}`);
  };
  await Promise.all([
    enable('rack1-sol', 'ipmi-sol', crossed ? accounts.ipmiSim : accounts.simulator),
    enable('rack2-socat', 'ipmi-socat', crossed ? accounts.simulator : accounts.ipmiSim),
  ]);

  const disable = async (node: NodeName) => {
    // A conductor that was just started again: the connection waits longer and longer between two tries.
    await connection.ready(minute);
    const signal = AbortSignal.timeout(95_000);
    const { console } = await consoles.disableConsole({ node, kind, wait: toDuration(90_000) }, { signal });
    if (console?.observed !== ObservedState.STOPPED)
      throw new Error(`${node} is not STOPPED: ${console?.lastError?.message}`);
  };
  const bmcs = Object.entries(accounts).map(([name, account]) => ({ name, ipmitool: ipmitoolAt(account) }));
  return {
    ...{ folder, parts, runtime, machine, disable, bmcs },
    async link(node, role) {
      const wish = { role: role === 'view' ? Role.VIEW : Role.CONTROL, subject: '', singleUse: false };
      return (await consoles.createConsoleUrl({ node, kind, ...wish, ttl: undefined })).url;
    },
    async endInOrder() {
      for (const part of Object.values(parts)) await part.end('SIGTERM');
      const own = [...ports.filter((port) => port !== serial)];
      for (let port = firstOfRange; port < firstOfRange + range; port += 1) own.push(port);
      const left = [
        ...(await processesOf(folder)).map(({ pid, words }) => `process ${pid} ${words.join(' ')}`),
        ...(await takenPorts(own)).map((port) => `port ${port}`),
        ...(await readdir(runtime).catch(() => [])).map((file) => `file ${runtime}/${file}`),
      ];
      return left;
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

interface Account {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

function ipmitoolAt({ port, user, password }: Account) {
  const who = ['-I', 'lanplus', '-H', '127.0.0.1', '-p', `${port}`, '-U', user, '-P', password, '-C', '3'];
  return async (...words: string[]) => {
    const { stdout, stderr } = await promisify(execFile)('ipmitool', [...who, ...words], { timeout: 60_000 });
    return stdout + stderr;
  };
}
