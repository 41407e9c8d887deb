import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setImmediate as breathe } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { encodeFound } from './found.ts';
import { drive } from './testing/drive.ts';

/** Looks at a console whose SSH server says this, piece by piece. */
async function look(pieces: readonly string[], end = false): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer(async (socket) => {
    sockets.add(socket.on('error', () => {}).setNoDelay());
    for (const piece of pieces) {
      await new Promise((written) => socket.write(piece, written));
      // Whoever reads has its turn before the next piece.
      await breathe();
    }
    if (end) socket.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const { driver, call } = drive({ redfish_address: '127.0.0.1', redfish_username: 'u' });
  const state = encodeFound({ transport: 'ssh', system: '/redfish/v1/Systems/1', port });
  try {
    await driver.check!(call(state), AbortSignal.timeout(10_000));
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

describe('an SSH server that is looked at', () => {
  it.each([
    ['at once', ['SSH-2.0-OpenSSH_9.6\r\n']],
    ['behind a greeting', ['This is ', 'bmc-7.\r\n', 'SSH-2.0-dropbear\r\n']],
    ['one byte at a time', [...'hi\r\nSSH-2.0-x\r\n']],
  ])('is there when it says so %s', (_what, pieces) => look(pieces));

  it.each([
    ['says nothing and leaves', []],
    ['is another server', ['220 ftp\r\n']],
    ['says its name in the middle of a line', ['not SSH-2.0-x\r\n']],
  ])('is none where it %s', async (_what, pieces) => {
    await expect(look(pieces, true)).rejects.toMatchObject({ reason: 'BMC_PROTOCOL_ERROR' });
  });

  it('is none where it says anything but that for ever', async () => {
    await expect(look(['x'.repeat(20_000)])).rejects.toMatchObject({ reason: 'BMC_PROTOCOL_ERROR' });
  });
});
