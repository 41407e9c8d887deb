import { X509Certificate } from 'node:crypto';
import { ConsoleLost } from '@consolemesh/driver-sdk';
import { describe, expect, it } from 'vitest';
import { encodeFound } from './found.ts';
import { briefTimings, closeLine, drive, readUntil } from './testing/drive.ts';
import { startTestBmc } from './testing/index.ts';

const webSocket = {
  SerialConsole: { WebSocket: { ServiceEnabled: true, ConsoleURI: '/ws/serial', Interactive: true } },
};

describe('a console over a WebSocket', () => {
  it('is the one that the system names; bytes go both ways, and the session is ended with it', async () => {
    await using bmc = await startTestBmc({ systems: { 1: webSocket }, sockets: ['/ws/serial'] });
    const { start, open } = drive(bmc.info());
    const { why, state } = (await start()) as { why: string; state: Buffer };
    expect(why).toContain('/redfish/v1/Systems/1 over a WebSocket (/ws/serial)');
    expect(why).toContain('certificate is not verified');
    expect(bmc.sessions.size).toBe(0);
    const line = await open(state);
    expect(bmc.sessions.size).toBe(1);
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    line.stream.write(all);
    expect(await readUntil(line, '\xff')).toBe(all.toString('latin1'));
    await closeLine(line);
    expect(bmc.sessions.size).toBe(0);
    expect(bmc.consoles.size).toBe(0);
  });

  it('is /console0 on an OpenBMC with one system, and /console/<id> with several', async () => {
    await using one = await startTestBmc();
    expect((await drive(one.info()).start()).why).toContain('(/console0)');
    const two = { systems: { host0: {}, host1: {} }, sockets: ['/console/host0', '/console/host1'] };
    await using several = await startTestBmc(two);
    const { why } = await drive(several.info({ redfish_system_id: 'host1' })).start();
    expect(why).toContain('(/console/host1)');
    const byPath = drive(several.info({ redfish_system_id: '/redfish/v1/Systems/host0' }));
    expect((await byPath.start()).why).toContain('(/console/host0)');
  });

  it('lists the systems where there are several and none is named, or another', async () => {
    await using bmc = await startTestBmc({ systems: { a: {}, b: {} } });
    const unsaid = drive(bmc.info());
    const { signal } = new AbortController();
    expect(await unsaid.driver.validate!(unsaid.call().node, ['serial'], signal)).toEqual([
      {
        field: 'driver_info.redfish_system_id',
        reason: 'FIELD_REQUIRED',
        message: expect.stringContaining('/redfish/v1/Systems/a, /redfish/v1/Systems/b'),
      },
    ]);
    await expect(unsaid.start()).rejects.toMatchObject({ reason: 'FIELD_REQUIRED' });
    await expect(drive(bmc.info({ redfish_system_id: 'c' })).start()).rejects.toMatchObject({
      reason: 'FIELD_INVALID',
      message: expect.stringContaining('is c; '),
    });
    expect(bmc.sessions.size).toBe(0);
  });

  it('is opened with cookies where the token is not taken, and both sessions are ended', async () => {
    await using bmc = await startTestBmc({ proof: 'cookie' });
    const line = await drive(bmc.info()).open();
    line.stream.write('hello');
    await readUntil(line, 'hello');
    expect(bmc.sessions.size).toBe(2);
    await closeLine(line);
    expect(bmc.sessions.size).toBe(0);
  });

  it('leaves no session behind when its caller gives up during a login, be it the first or that with cookies', async () => {
    for (const giveUpAt of [1, 2]) {
      const controller = new AbortController();
      let logins = 0;
      await using bmc = await startTestBmc({
        proof: 'cookie',
        heard(call) {
          if (call.startsWith('POST ') && ++logins === giveUpAt) controller.abort();
        },
      });
      const { driver, call } = drive(bmc.info());
      const state = encodeFound({
        ...{ transport: 'websocket', interactive: true },
        ...{ system: '/redfish/v1/Systems/system', path: '/console0' },
      });
      const line = { lost: undefined, remember: () => {} };
      const opening = Promise.resolve(driver.openLine!(call(state), controller.signal, line));
      await expect(opening).rejects.toMatchObject({ reason: 'CANCELLED' });
      await expect.poll(() => bmc.sessions.size).toBe(0);
      expect(logins).toBe(giveUpAt);
    }
  });

  it('leaves no session behind where it is refused', async () => {
    for (const [status, reason] of [
      [403, 'BMC_PERMISSION_DENIED'],
      [401, 'BMC_PERMISSION_DENIED'],
      [404, 'BMC_PROTOCOL_ERROR'],
      [503, 'BMC_BUSY'],
      [500, 'BMC_ERROR'],
    ] as const) {
      await using bmc = await startTestBmc({ refuseUpgrade: status });
      await expect(drive(bmc.info()).start()).rejects.toMatchObject({ reason });
      expect(bmc.sessions.size).toBe(0);
    }
  });

  it('says which login was refused, once', async () => {
    await using bmc = await startTestBmc();
    const { start } = drive(bmc.info(), { redfish_password: 'hunter-two' });
    const refused = await start().catch((error: unknown) => error);
    expect(refused).toMatchObject({
      reason: 'BMC_AUTHENTICATION_FAILED',
      metadata: { field: 'driver_secrets.redfish_password' },
    });
    expect(String(refused)).not.toContain('hunter-two');
    expect(bmc.logins()).toBe(1);
  });

  it('shows the fingerprint of a certificate that is not trusted, and sends it nothing', async () => {
    await using bmc = await startTestBmc();
    const fingerprint = new X509Certificate(bmc.certificate).fingerprint256.replaceAll(':', '').toLowerCase();
    const { redfish_verify: _, ...info } = bmc.info();
    await expect(drive(info).start()).rejects.toMatchObject({
      reason: 'BMC_CERTIFICATE_REFUSED',
      metadata: { fingerprint },
    });
    expect(bmc.calls).toEqual([]);
    const line = await drive({ ...info, redfish_pin: fingerprint }).open();
    await closeLine(line);
    expect(bmc.sessions.size).toBe(0);
  });

  it('takes large pastes in pieces that fit into a BMC, none missing', async () => {
    await using bmc = await startTestBmc();
    const line = await drive(bmc.info()).open();
    const paste = `${'0123456789abcdef'.repeat(8_192)}end`;
    line.stream.write(paste);
    expect(await readUntil(line, 'end')).toBe(paste);
    expect(Math.max(...bmc.frames)).toBeLessThanOrEqual(1024);
    await closeLine(line);
  });

  it('says in the words of the BMC why it was closed', async () => {
    await using bmc = await startTestBmc();
    const line = await drive(bmc.info()).open();
    line.stream.resume();
    const broke = new Promise((resolve) => line.stream.once('error', resolve));
    for (const console of bmc.consoles) console.close(1000, 'Max sessions are already connected');
    expect(await broke).toMatchObject({ reason: 'BMC_BUSY', metadata: { retry_after_ms: '45000' } });
  });

  it('notices a BMC that gives no sign of life any more', async () => {
    await using bmc = await startTestBmc();
    const { start } = drive(bmc.info());
    const { state } = (await start()) as { state: Buffer };
    const hurried = drive(bmc.info(), {}, { ...briefTimings, keepaliveMs: 50, leaveMs: 50 });
    const line = await hurried.open(state);
    for (const console of bmc.consoles) console.pause();
    line.stream.resume();
    const error = await new Promise((resolve) => line.stream.once('error', resolve));
    expect(error).toMatchObject({ reason: 'UPSTREAM_LOST' });
  });

  it('drops what is typed where it only shows', async () => {
    const shows = { SerialConsole: { WebSocket: { ConsoleURI: '/out', Interactive: false } } };
    await using bmc = await startTestBmc({ systems: { 1: shows }, sockets: ['/out'], manager: {} });
    const { start, open } = drive(bmc.info());
    expect((await start()).why).toContain('It only shows');
    const line = await open();
    await new Promise((resolve) => line.stream.write('reboot\r', resolve));
    for (const console of bmc.consoles) console.send('login: ');
    expect(await readUntil(line, 'login: ')).toBe('login: ');
    expect(bmc.typed()).toBe('');
    await closeLine(line);
  });

  it('takes no session to another host', async () => {
    const elsewhere = { SerialConsole: { WebSocket: { ConsoleURI: 'wss://evil.example/ws' } } };
    await using bmc = await startTestBmc({ systems: { 1: elsewhere }, manager: {} });
    await expect(drive(bmc.info()).start()).rejects.toMatchObject({
      reason: 'BMC_CONSOLE_DISABLED',
      message: expect.stringContaining('at another host'),
    });
  });

  it('is looked for anew where it is not there any more', async () => {
    await using bmc = await startTestBmc();
    const { open, call, driver } = drive(bmc.info());
    const gone = Buffer.from(
      '{"v":1,"transport":"websocket","system":"/redfish/v1/Systems/system","path":"/old"}',
    );
    await expect(open(gone)).rejects.toBeInstanceOf(ConsoleLost);
    const { signal } = new AbortController();
    await expect(driver.check!(call(Buffer.from('{')), signal)).rejects.toBeInstanceOf(ConsoleLost);
    await driver.check!(call(gone), signal);
    expect(bmc.sessions.size).toBe(0);
  });
});
