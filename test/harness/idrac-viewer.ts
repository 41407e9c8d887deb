import { connect as connectTcp } from 'node:net';
import type { StartConsoleResponse } from '@consolemesh/contracts/driver';
import { TlsMode } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { connectToServer } from '@consolemesh/rfb';

/** What a promise fails with. */
export async function failure(promise: Promise<unknown>): Promise<MeshError> {
  const error = await promise.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (error instanceof MeshError) return error;
  throw error;
}

/** Where a started console is. */
export function tcpOf({ endpoints }: StartConsoleResponse) {
  const transport = endpoints[0]?.transport;
  if (transport?.$case !== 'tcp') throw new Error('expected a TCP endpoint');
  return transport.value;
}

/** Connects as a proxy does. */
export async function watch(answer: StartConsoleResponse) {
  const { host, port, password, tls } = tcpOf(answer);
  const socket = connectTcp({ host, port });
  const connected = await connectToServer(socket, {
    password,
    shared: true,
    ...(tls?.mode === TlsMode.FROM_FIRST_BYTE && {
      tls: { mode: 'from-first-byte', verify: 'pin', sha256Pin: tls.sha256Pin },
    }),
  });
  return { ...connected, [Symbol.dispose]: () => void socket.destroy() };
}
