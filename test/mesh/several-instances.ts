import dns from 'node:dns';
import { InventoryServiceDefinition } from '@consolemesh/contracts/conductor';
import { TokenServiceDefinition } from '@consolemesh/contracts/token';
import { MeshError } from '@consolemesh/errors';
import {
  bind,
  type Connection,
  connect,
  type MeshServer,
  plaintext,
  serve,
  silentLogger,
} from '@consolemesh/mesh';
import { vi } from 'vitest';
import { eventually } from '../harness/eventually.ts';

/** Balancing with shorter waits, ms. */
export const quick = { resolveMs: 50, answerMs: 300, pauseMs: [20, 100] as [number, number] };

/** Addresses of the name `localhost`, as the tests tell them. */
let addresses: string[] = [];

/** Tells from now on which addresses the name `localhost` has; without any it cannot be resolved. */
export function resolveTo(...all: string[]): void {
  addresses = all;
}

/** Lets this module answer for the name service, until mocks are restored. */
export function answerForNames(): void {
  addresses = [];
  const lookup = async () => {
    if (addresses.length === 0) throw new Error('ENOTFOUND');
    return addresses.map((address) => ({ address, family: 4 }));
  };
  vi.spyOn(dns.promises, 'lookup').mockImplementation(lookup as never);
}

/** One of several instances of a service, each at an address of its own and all at one port. */
export interface Instance extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly server: MeshServer;
  /** Calls that its handlers have seen. */
  calls: number;
  /** What its handlers do instead of answering. */
  trouble: ((signal: AbortSignal) => Promise<never>) | undefined;
}

/** Starts one. */
export async function startInstance(address: string, port = 0): Promise<Instance> {
  const handle = async (_: object, { signal }: { signal: AbortSignal }) => {
    instance.calls += 1;
    await instance.trouble?.(signal);
    return { tokens: [], drivers: [], token: 'one', tokenId: 'one' } as never;
  };
  const server = await serve({
    listen: { host: address, port },
    trust: plaintext,
    logger: silentLogger,
    drainMs: 5_000,
    services: [
      bind(TokenServiceDefinition, { listTokens: handle, issueToken: handle } as never),
      bind(InventoryServiceDefinition, { listDrivers: handle } as never),
    ],
  });
  const instance: Instance = {
    ...{ address, port: server.port, server, calls: 0, trouble: undefined },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  return instance;
}

/** Instances at 127.0.0.2, 127.0.0.3, … behind the name, and a channel to it. */
export async function startSeveral(count: number, retries = false) {
  const stack: AsyncDisposable[] = [];
  const first = await startInstance('127.0.0.2');
  const instances = [first];
  for (let n = 1; n < count; n++) instances.push(await startInstance(`127.0.0.${2 + n}`, first.port));
  addresses = instances.map(({ address }) => address);
  const connection = connect(`dns:///localhost:${first.port}`, {
    trust: plaintext,
    balancing: quick,
    retries,
  });
  stack.push(...instances);
  return {
    instances,
    connection,
    port: first.port,
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
      await Promise.all(stack.map((one) => one[Symbol.asyncDispose]()));
    },
  };
}

/** A call that only reads. */
export const list = (connection: Connection) => connection.client(TokenServiceDefinition).listTokens({});

/** Which instances answered so many calls, by their place. */
export async function answering(
  connection: Connection,
  instances: readonly Instance[],
  calls = 12,
): Promise<number[]> {
  const before = instances.map((one) => one.calls);
  for (let n = 0; n < calls; n++) await list(connection);
  return instances.flatMap((one, place) => (one.calls > before[place]! ? [place] : []));
}

/** Waits until exactly these answer. */
export async function untilAnswering(
  connection: Connection,
  instances: readonly Instance[],
  wanted: readonly number[],
) {
  const found = () => answering(connection, instances).catch(() => undefined);
  await eventually(found, (places) => `${places}` === `${wanted}`, { withinMs: 20_000 });
}

/** The reason that a call failed for, or `OK`. */
export const reasonOf = (call: Promise<unknown>) =>
  call.then(
    () => 'OK',
    (error: unknown) => (error instanceof MeshError ? error.reason : String(error)),
  );
