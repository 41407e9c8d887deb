import { describe, expect, it } from 'vitest';
import { keyEvent, read, startBench, updateRequest } from './testing.ts';

describe('opening a console', () => {
  it('shows the screen and carries bytes both ways', async () => {
    await using bench = await startBench();
    const { page, info, server } = await bench.opened(bench.tokens.issue({ subject: 'alice' }));
    expect(info).toMatchObject({ node: 'node-1', role: 'control', subject: 'alice', unverifiedTls: false });

    page.sendBytes(keyEvent(0x61));
    expect(await read(server, 8)).toEqual(keyEvent(0x61));
    const picture = Buffer.alloc(300_000, 7);
    server.write(picture);
    expect((await page.bytes(picture.length)).equals(picture)).toBe(true);

    expect(await bench.conductor.hears('openedSessionId')).toBe(info.session);
    page.socket.close(1001);
    expect(await bench.conductor.hears('closed')).toMatchObject({
      sessionId: info.session,
      reason: 'CLIENT_CLOSED',
      resumable: true,
    });
  });

  it('drops the input of a view session and lets its requests for pictures pass', async () => {
    await using bench = await startBench();
    const { page, info, server } = await bench.opened(bench.tokens.issue({ role: 'view' }));
    expect(info.role).toBe('view');
    page.sendBytes(Buffer.concat([keyEvent(0x61), updateRequest, keyEvent(0x62), updateRequest]));
    expect(await read(server, 20)).toEqual(Buffer.concat([updateRequest, updateRequest]));
  });
});
