import { randomBytes } from 'node:crypto';
import { startSimulatedMachine } from '@consolemesh/bmc-simulator';
import {
  ConsoleServiceDefinition,
  NodeServiceDefinition,
  ObservedState,
  Route,
} from '@consolemesh/contracts/conductor';
import { ConsoleKind, Role } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { type Connection, toDuration } from '@consolemesh/mesh';
import type { Closers } from './closers.ts';

/** The machines that are invented, and how proxies reach them. */
const machines = [
  { name: 'demo-1', route: Route.DIRECT },
  { name: 'demo-2', route: Route.RELAY },
] as const;

/** How long the printed URL opens the console, ms. */
export const demoUrlMs = 8 * 3_600_000;
/** How long a simulated console may take to become ready, ms. */
const readyMs = 30_000;

/** A machine that can be looked at. */
export interface DemoNode {
  readonly name: string;
  /** Opens its screen. Holds a token. */
  readonly url: string;
}

/** Invents machines, makes them known as nodes through the API like any other, and enables their consoles. */
export async function startDemo(connection: Connection, closers: Closers): Promise<DemoNode[]> {
  return Promise.all(
    machines.map(async ({ name, route }) => {
      // DES reads eight characters of a VNC password.
      const password = randomBytes(6).toString('base64url');
      const machine = closers.use(await startSimulatedMachine({ name, password }));
      await registerNode(connection, { name, route, password, ...machine.address });
      return { name, url: await openConsole(connection, name) };
    }),
  );
}

/** Makes a node, or changes the one that an earlier run has left in the same data folder. */
async function registerNode(
  connection: Connection,
  {
    name,
    route,
    password,
    host,
    port,
  }: { name: string; route: Route; password: string; host: string; port: number },
): Promise<void> {
  const nodes = connection.client(NodeServiceDefinition);
  const node = {
    name,
    route,
    interfaces: { graphical: 'vnc', serial: 'none', power: 'none' },
    driverInfo: { vnc_address: host, vnc_port: String(port) },
    driverSecrets: { vnc_password: password },
    labels: { demo: 'simulated' },
  };
  try {
    await nodes.createNode({ node });
  } catch (error) {
    if (!(error instanceof MeshError) || error.reason !== 'NODE_NAME_TAKEN') throw error;
    const { id } = (await nodes.getNode({ node: name })).node!;
    await nodes.updateNode({ node: { ...node, id }, updateMask: ['driver_info', 'driver_secrets', 'route'] });
  }
}

async function openConsole(connection: Connection, node: string): Promise<string> {
  const consoles = connection.client(ConsoleServiceDefinition);
  const kind = ConsoleKind.GRAPHICAL;
  const signal = AbortSignal.timeout(readyMs + 5_000);
  const { console } = await consoles.enableConsole({ node, kind, wait: toDuration(readyMs) }, { signal });
  if (console?.observed !== ObservedState.READY) {
    const why = console?.lastError ? `: ${console.lastError.message} (${console.lastError.reason})` : '';
    throw new MeshError(
      'CONSOLE_NOT_READY',
      `The console of the simulated machine ${node} is not ready${why}`,
    );
  }
  const ttl = toDuration(demoUrlMs);
  const { url } = await consoles.createConsoleUrl({ node, kind, role: Role.CONTROL, ttl, subject: 'demo' });
  return url;
}
