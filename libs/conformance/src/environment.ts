import { randomBytes, randomUUID } from 'node:crypto';
import { PluginServiceDefinition } from '@consolemesh/contracts/plugin';
import { StreamServiceDefinition } from '@consolemesh/contracts/stream';
import { type Connection, connect, type Trust } from '@consolemesh/mesh';

/** What is common to the environments of drivers and providers: connections, and cleaning up in reverse order. */
export interface Environment extends AsyncDisposable {
  /** Connects to an instance; the connection ends with the case. */
  open(target: string): Connection;
  plugin(target: string): ReturnType<typeof pluginClient>;
  stream(target: string): ReturnType<typeof streamClient>;
  /** Runs when the case ends, the last one first; its failure does not hide another. */
  cleanUp(work: () => Promise<unknown>): void;
}

/** A fresh console id; conformance never touches consoles that it did not make. */
export const newConsoleId = (): string => randomUUID();

/** A fresh attach key. */
export const newAttachKey = (): Buffer => randomBytes(32);

/** Eight characters: upper case, lower case and digits, as the conductor makes them. */
export function newPassword(): string {
  const letters = randomBytes(5).toString('hex').slice(0, 5);
  return `A${letters}b7`;
}

function pluginClient(connection: Connection) {
  return connection.client(PluginServiceDefinition);
}

function streamClient(connection: Connection) {
  return connection.client(StreamServiceDefinition);
}

/** An environment with nothing opened yet. */
export function createEnvironment(trust: Trust): Environment {
  const connections = new Map<string, Connection>();
  const work: (() => Promise<unknown>)[] = [];
  const open = (target: string) => {
    let connection = connections.get(target);
    if (!connection) {
      connection = connect(target, { trust, deadlineMs: 15_000, retries: false });
      connections.set(target, connection);
    }
    return connection;
  };
  return {
    open,
    plugin: (target) => pluginClient(open(target)),
    stream: (target) => streamClient(open(target)),
    cleanUp: (step) => work.push(step),
    async [Symbol.asyncDispose]() {
      for (const step of work.reverse()) await step().catch(() => {});
      for (const connection of connections.values()) connection[Symbol.dispose]();
    },
  };
}
