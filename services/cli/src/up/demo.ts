import { randomBytes, X509Certificate } from 'node:crypto';
import {
  type IdracUser,
  type IpmiFace,
  type SimulatedIdracOptions,
  startSimulatedIdrac,
  startSimulatedMachine,
} from '@consolemesh/bmc-simulator';
import { ConsoleServiceDefinition, ObservedState, Route } from '@consolemesh/contracts/conductor';
import { ConsoleKind, Role } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { type Connection, type Logger, toDuration } from '@consolemesh/mesh';
import type { Closers } from './closers.ts';
import { registerDemoNode } from './register-demo-node.ts';

/** The machines that are invented, and how proxies reach their screens. The URLs of the first are printed. */
const machines: readonly DemoMachine[] = [
  { name: 'demo-1', route: Route.UNSPECIFIED, invent: inventVnc },
  { name: 'demo-2', route: Route.RELAY, invent: inventVnc },
  { name: 'idrac-1', route: Route.RELAY, invent: inventIdrac({ generation: '8' }) },
  { name: 'idrac-2', route: Route.UNSPECIFIED, invent: inventIdrac({ misbehave: { noWsman: true } }) },
];

interface DemoMachine {
  readonly name: string;
  readonly route: Route;
  invent(name: string): Promise<Invented>;
}

/** A machine that runs, and what its node has to say of it. */
interface Invented {
  readonly machine: AsyncDisposable;
  /** The driver of its screen. */
  readonly graphical: string;
  readonly driverInfo: Record<string, string>;
  readonly driverSecrets: Record<string, string>;
}

const kinds = [ConsoleKind.GRAPHICAL, ConsoleKind.SERIAL] as const;
/** The driver of their serial lines and of their power. */
const ipmi = 'ipmi-sol';

/** How long the printed URL opens the console, ms. */
export const demoUrlMs = 8 * 3_600_000;
/** How long a simulated console may take to become ready, ms. */
const readyMs = 30_000;
/** How long a console may take to be put back at the end, ms. */
const closeMs = 5_000;

/** A machine that can be looked at. */
export interface DemoNode {
  readonly name: string;
  /** Opens its screen. Holds a token. */
  readonly url: string;
  /** Opens its serial console, likewise. */
  readonly serialUrl: string;
}

/**
 * Invents machines, makes them known as nodes through the API like any other, and enables their consoles. Rejects when the first cannot be
 * opened; any other that cannot is left out, and `logger` is told why.
 */
export async function startDemo(
  connection: Connection,
  closers: Closers,
  logger: Logger,
): Promise<DemoNode[]> {
  const nodes = await Promise.all(
    machines.map(async (machine, index) => {
      try {
        return await startNode(connection, closers, machine);
      } catch (error) {
        if (index === 0) throw error;
        logger.warn({ node: machine.name, err: error }, 'a simulated machine is left out');
        return undefined;
      }
    }),
  );
  return nodes.filter((node) => node !== undefined);
}

async function startNode(
  connection: Connection,
  closers: Closers,
  { name, route, invent }: DemoMachine,
): Promise<DemoNode> {
  const invented = await invent(name);
  closers.use(invented.machine);
  const { graphical, driverInfo, driverSecrets } = invented;
  const interfaces = { graphical, serial: ipmi, power: ipmi };
  await registerDemoNode(connection, { name, route, interfaces, driverInfo, driverSecrets });
  // Its consoles go before the machine does: nobody could put anything back at a machine that is gone.
  closers.defer(
    async () => void (await Promise.all(kinds.map((kind) => closeConsole(connection, name, kind)))),
  );
  const [url, serialUrl] = await Promise.all(kinds.map((kind) => openConsole(connection, name, kind)));
  return { name, url: url!, serialUrl: serialUrl! };
}

async function inventVnc(name: string): Promise<Invented> {
  // DES reads eight characters of a VNC password.
  const vnc_password = randomBytes(6).toString('base64url');
  const users = [administrator()];
  const machine = await startSimulatedMachine({ name, password: vnc_password, ipmi: { users } });
  const { host, port } = machine.address;
  const overIpmi = ipmiOf(machine.ipmi!, users[0]!);
  return {
    machine,
    graphical: 'vnc',
    driverInfo: { vnc_address: host, vnc_port: String(port), ...overIpmi.driverInfo },
    driverSecrets: { vnc_password, ...overIpmi.driverSecrets },
  };
}

function inventIdrac(options: Partial<SimulatedIdracOptions>): (name: string) => Promise<Invented> {
  return async (name) => {
    const user = administrator();
    const machine = await startSimulatedIdrac({ name, users: [user], ipmi: {}, ...options });
    const { https, certificate } = machine;
    const overIpmi = ipmiOf(machine.ipmi!, user);
    return {
      machine,
      graphical: 'idrac-wsman',
      driverInfo: {
        drac_address: https.host,
        drac_port: String(https.port),
        drac_username: 'root',
        drac_pin: new X509Certificate(certificate).fingerprint256,
        ...overIpmi.driverInfo,
      },
      driverSecrets: { drac_password: user.password, ...overIpmi.driverSecrets },
    };
  };
}

/** A user of a BMC; IPMI 2.0 knows passwords of at most 20 bytes. */
function administrator(): IdracUser {
  return {
    name: 'root',
    password: randomBytes(12).toString('base64url'),
    privilege: 'administrator',
  };
}

function ipmiOf({ address }: IpmiFace, { name, password }: IdracUser) {
  return {
    driverInfo: {
      ipmi_address: address.host,
      ipmi_port: String(address.port),
      ipmi_username: name,
      // So that there is something for `console log` to show.
      console_log: 'true',
    },
    driverSecrets: { ipmi_password: password },
  };
}

/** As far as it goes: the end of everything does not wait for long. */
async function closeConsole(connection: Connection, node: string, kind: ConsoleKind): Promise<void> {
  const signal = AbortSignal.timeout(closeMs + 1_000);
  const wait = toDuration(closeMs);
  const call = { node, kind, wait };
  await connection
    .client(ConsoleServiceDefinition)
    .disableConsole(call, { signal })
    .catch(() => {});
}

async function openConsole(connection: Connection, node: string, kind: ConsoleKind): Promise<string> {
  const consoles = connection.client(ConsoleServiceDefinition);
  const signal = AbortSignal.timeout(readyMs + 5_000);
  const { console } = await consoles.enableConsole({ node, kind, wait: toDuration(readyMs) }, { signal });
  if (console?.observed !== ObservedState.READY) {
    const why = console?.lastError ? `: ${console.lastError.message} (${console.lastError.reason})` : '';
    throw new MeshError(
      'CONSOLE_NOT_READY',
      `The ${kind === ConsoleKind.SERIAL ? 'serial ' : ''}console of the simulated machine ${node} is not ready${why}`,
    );
  }
  const ttl = toDuration(demoUrlMs);
  const { url } = await consoles.createConsoleUrl({ node, kind, role: Role.CONTROL, ttl, subject: 'demo' });
  return url;
}
