import { describe, expect, it } from 'vitest';
import { connectToServer } from '../client/connect-to-server.ts';
import { connection, failure, scripted } from '../testing.ts';
import type { RfbVersion } from '../version.ts';
import { acceptClient } from './accept-client.ts';
import { refuseClient } from './refuse-client.ts';

describe('acceptClient', () => {
  it('refuses to offer a password type without a password', async () => {
    await expect(acceptClient(scripted(''), { security: ['VNC'] })).rejects.toThrow(
      /needs expected.password/,
    );
  });

  it('uses the challenge it is given', async () => {
    const { viewer, server } = connection();
    const challenge = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
    void acceptClient(server, {
      security: ['VNC'],
      version: '3.3',
      expected: { password: 'password', challenge: () => challenge },
    }).catch(() => {});
    viewer.write('RFB 003.003\n');
    let got = Buffer.alloc(0);
    while (got.length < 32) {
      got = Buffer.concat([got, await new Promise<Buffer>((resolve) => viewer.once('data', resolve))]);
    }
    expect(got.toString('hex', 12)).toBe(`00000002${challenge.toString('hex')}`);
  });

  it('turns away a 3.3 viewer when only VeNCrypt is offered', async () => {
    const { viewer, server } = connection();
    const accepted = failure(acceptClient(server, { security: ['TLSNone'] }));
    const refused = await failure(connectToServer(viewer, { maxVersion: '3.3' }));
    expect(refused.message).toMatch(/needs an RFB 3.7 or 3.8 viewer/);
    expect(await accepted).toMatchObject({ code: 'VERSION_UNSUPPORTED' });
  });

  it.each([
    ['a type that was not offered', [2], /security type 2/],
    ['nothing at all', [], /TIMEOUT|timed out/],
  ])('ends when the viewer chooses %s', async (_what, choice, text) => {
    const viewer = scripted(Buffer.from([...Buffer.from('RFB 003.008\n'), ...choice]));
    expect((await failure(acceptClient(viewer, { deadlineMs: 20 }))).message).toMatch(text);
  });

  it('times out on a viewer that says nothing', async () => {
    expect(await failure(acceptClient(scripted(''), { deadlineMs: 10 }))).toMatchObject({ code: 'TIMEOUT' });
  });
});

describe('refuseClient', () => {
  it.each<[RfbVersion, number]>([
    ['3.3', 1],
    ['3.7', 65_536],
    ['3.8', 1],
  ])('tells a %s viewer the reason, %i bytes at a time', async (maxVersion, n) => {
    const { viewer, server } = connection(n);
    const refused = refuseClient(server, 'CONSOLE_IN_USE: operator\nsince 09:14');
    const error = await failure(connectToServer(viewer, { maxVersion }));
    expect(error).toMatchObject({
      code: 'REFUSED_BY_SERVER',
      details: { reason: 'CONSOLE_IN_USE: operator since 09:14' },
    });
    await refused;
  });

  it('does not keep the connection of a viewer that reads the reason and stays', async () => {
    const { viewer, server } = connection();
    viewer.write('RFB 003.008\n');
    viewer.resume();
    await refuseClient(server, 'no', { deadlineMs: 20 });
    expect(server.destroyed).toBe(true);
  });

  it('resolves when the viewer never answers', async () => {
    await refuseClient(scripted(''), 'no', { deadlineMs: 10 });
  });
});
