import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { claimTokenPort } from './claim-token-port.ts';

const takePort = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
};

test('a free port is the one that is taken', async () => {
  const taken = await takePort();
  await taken[Symbol.asyncDispose]();
  expect(await claimTokenPort({ tokenPort: taken.port, anyTokenPort: true })).toBe(taken.port);
});

test('when the usual port is taken there is another', async () => {
  await using taken = await takePort();
  const port = await claimTokenPort({ tokenPort: taken.port, anyTokenPort: true });
  expect(port).toBeGreaterThan(0);
  expect(port).not.toBe(taken.port);
});

test('a port that somebody chose and that is taken is a mistake', async () => {
  await using taken = await takePort();
  await expect(claimTokenPort({ tokenPort: taken.port })).rejects.toThrow('choose another with --token-port');
});
