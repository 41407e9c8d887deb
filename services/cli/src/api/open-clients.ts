import {
  AuditServiceDefinition,
  ConsoleServiceDefinition,
  InventoryServiceDefinition,
  KeyServiceDefinition,
  NodeServiceDefinition,
  PowerServiceDefinition,
  SessionServiceDefinition,
} from '@consolemesh/contracts/conductor';
import { TokenServiceDefinition } from '@consolemesh/contracts/token';
import { type Connection, connect, isLoopback, parseTarget, type Trust } from '@consolemesh/mesh';
import { UsageError } from '../exit-codes.ts';
import type { GlobalOptions } from '../global-options.ts';
import { type Address, conductorAddress, tokenAddress } from './address.ts';
import { explainFailure } from './explain-failure.ts';
import { tlsOptions, userOptions } from './read-trust.ts';

export { readTrust } from './read-trust.ts';

/** Clients of the conductor's services. */
export type Conductor = ReturnType<typeof conductorClients>;
/** Client of the token service. */
export type TokenClient = ReturnType<typeof tokenClient>;

const conductorClients = (connection: Connection) => ({
  nodes: connection.client(NodeServiceDefinition),
  consoles: connection.client(ConsoleServiceDefinition),
  sessions: connection.client(SessionServiceDefinition),
  power: connection.client(PowerServiceDefinition),
  inventory: connection.client(InventoryServiceDefinition),
  audit: connection.client(AuditServiceDefinition),
  keys: connection.client(KeyServiceDefinition),
});
const tokenClient = (connection: Connection) => connection.client(TokenServiceDefinition);

/** What opens connections and closes them. */
export type Clients = ReturnType<typeof openClients>;

/** Opens connections when they are first asked for; all close with it. What cannot be reached is explained. */
export function openClients(options: GlobalOptions, trust: Trust) {
  const opened: Connection[] = [];

  function open(address: Address, deadlineMs = 10_000): Connection {
    const connection = connectTo(address, trust, deadlineMs);
    opened.push(connection);
    return {
      ...connection,
      client: (definition) =>
        explained(connection.client(definition), (error) =>
          explainFailure(error, address, { trust, ca: options.tlsCa ?? '' }),
        ),
    };
  }

  return {
    conductor: (deadlineMs?: number) => conductorClients(open(conductorAddress(options), deadlineMs)),
    tokens: () => tokenClient(open(tokenAddress(options))),
    [Symbol.dispose]() {
      for (const connection of opened) connection[Symbol.dispose]();
    },
  };
}

function connectTo(
  { target, given, option, identity }: Address,
  trust: Trust,
  deadlineMs: number,
): Connection {
  const host = parseTarget(target)?.host;
  if (trust.kind === 'plaintext' && host !== undefined && !isLoopback(host)) {
    throw new UsageError(
      `${option} ${given}: plaintext goes to this machine only; give ${tlsOptions}, or ${userOptions}`,
    );
  }
  return connect(target, { trust, service: identity, deadlineMs });
}

/** A client whose calls reject, and whose streams end, with what `explain` makes of their errors. */
function explained<T extends object>(client: T, explain: (error: unknown) => Promise<unknown>): T {
  return new Proxy(client, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...given: unknown[]) => {
        const answer: unknown = method.apply(target, given);
        if (isStream(answer)) return explainedStream(answer, explain);
        if (!(answer instanceof Promise)) return answer;
        return answer.catch(async (error: unknown) => {
          throw await explain(error);
        });
      };
    },
  });
}

function isStream(answer: unknown): answer is AsyncIterable<unknown> {
  return typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer;
}

async function* explainedStream(
  stream: AsyncIterable<unknown>,
  explain: (error: unknown) => Promise<unknown>,
): AsyncGenerator<unknown> {
  try {
    yield* stream;
  } catch (error) {
    throw await explain(error);
  }
}
