import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { claimUsualPort } from './claim-usual-port.ts';

const takePort = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
};
const at = { host: '127.0.0.1', option: '--token-port' };

test('nobody has chosen: the usual one, when it is free', async () => {
  const taken = await takePort();
  await taken[Symbol.asyncDispose]();
  expect(await claimUsualPort({ ...at, port: undefined, usual: taken.port })).toBe(taken.port);
});

test('when the usual port is taken there is another', async () => {
  await using taken = await takePort();
  const port = await claimUsualPort({ ...at, port: undefined, usual: taken.port });
  expect(port).toBeGreaterThan(0);
  expect(port).not.toBe(taken.port);
});

test('a port that somebody chose and that is taken is a mistake', async () => {
  await using taken = await takePort();
  const claim = claimUsualPort({ ...at, port: taken.port, usual: taken.port });
  await expect(claim).rejects.toThrow('choose another with --token-port');
});
