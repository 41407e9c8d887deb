import {
  AuditServiceDefinition,
  type Console,
  ConsoleServiceDefinition,
  type CreateConsoleUrlResponse,
  InventoryServiceDefinition,
  type Node,
  NodeServiceDefinition,
  Route,
  SessionServiceDefinition,
} from '@consolemesh/contracts/conductor';
import { TokenServiceDefinition } from '@consolemesh/contracts/token';
import { ConsoleKind, Role } from '@consolemesh/contracts/types';
import { type Connection, toDuration } from '@consolemesh/mesh';
import type { Mesh } from './mesh.ts';

/** What a user does with a mesh, in the fewest words. */
export interface User extends ReturnType<typeof clientsOf> {
  /** Makes a node; answers its UUID. */
  node(name: string, wish?: NodeWish): Promise<string>;
  /** Enables the graphical console and waits until it is READY or FAILED. */
  enable(node: string): Promise<Console>;
  /** Disables it and waits until it is STOPPED. */
  disable(node: string): Promise<Console>;
  console(node: string): Promise<Console>;
  link(node: string, wish?: LinkWish): Promise<CreateConsoleUrlResponse>;
}

/** What a node is like; a fake machine that may be reached any way unless told. */
export interface NodeWish {
  readonly driver?: string;
  readonly info?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly route?: 'direct' | 'relay';
}

export interface LinkWish {
  readonly role?: 'control' | 'view';
  readonly subject?: string;
  readonly ttlMs?: number;
  readonly singleUse?: boolean;
}

const kind = ConsoleKind.GRAPHICAL;
const wait = toDuration(20_000);

/** A user at one conductor, or at whichever answers. */
export function createUser(mesh: Mesh, target = mesh.conductorTarget, identity = 'user/ada'): User {
  const clients = clientsOf(mesh.connect(target, identity), mesh.connect(mesh.tokenTarget, identity));
  const { nodes, consoles } = clients;
  const long = () => ({ signal: AbortSignal.timeout(25_000) });
  return {
    ...clients,
    async node(name, { driver = 'fake', info = {}, secrets = {}, route } = {}) {
      const { node } = await nodes.createNode({
        node: {
          name,
          interfaces: { graphical: driver, serial: 'none', power: 'none' },
          driverInfo: info,
          driverSecrets: secrets,
          route: route === 'relay' ? Route.RELAY : route === 'direct' ? Route.DIRECT : Route.UNSPECIFIED,
        } as Partial<Node> as Node,
      });
      return node!.id;
    },
    enable: async (node) => (await consoles.enableConsole({ node, kind, wait }, long())).console!,
    disable: async (node) => (await consoles.disableConsole({ node, kind, wait }, long())).console!,
    console: async (node) => (await consoles.getConsole({ node, kind })).console!,
    link: (node, { role = 'control', subject = '', ttlMs, singleUse = false } = {}) =>
      consoles.createConsoleUrl({
        ...{ node, kind, subject, singleUse },
        role: role === 'view' ? Role.VIEW : Role.CONTROL,
        ttl: ttlMs === undefined ? undefined : toDuration(ttlMs),
      }),
  };
}

function clientsOf(conductor: Connection, token: Connection) {
  return {
    nodes: conductor.client(NodeServiceDefinition),
    consoles: conductor.client(ConsoleServiceDefinition),
    sessions: conductor.client(SessionServiceDefinition),
    inventory: conductor.client(InventoryServiceDefinition),
    audit: conductor.client(AuditServiceDefinition),
    tokens: token.client(TokenServiceDefinition),
  };
}
