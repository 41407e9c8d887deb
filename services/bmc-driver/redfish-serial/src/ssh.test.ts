import { describe, expect, it } from 'vitest';
import { closeLine, drive, readUntil } from './testing/drive.ts';
import { makeHostKey, startTestBmc, startTestSsh, type TestSsh } from './testing/index.ts';

/** A BMC that names its SSH console, and that server. */
async function startBoth(ssh: TestSsh, more: object = {}) {
  const SSH = { ServiceEnabled: true, Port: ssh.port, ...more };
  return startTestBmc({ systems: { 1: { SerialConsole: { SSH } } }, manager: {}, sockets: [] });
}

describe('a console over SSH', () => {
  it('is at the port that the system names; bytes go both ways, sizes are told', async () => {
    await using ssh = await startTestSsh();
    await using bmc = await startBoth(ssh);
    const { start, open } = drive(bmc.info({ redfish_ssh_host_key: ssh.fingerprint }));
    const { why, state } = (await start()) as { why: string; state: Buffer };
    expect(why).toContain(`over SSH (port ${ssh.port})`);
    const line = await open(state);
    line.resize?.(132, 43);
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    line.stream.write(all);
    expect(await readUntil(line, '\xff')).toBe(all.toString('latin1'));
    expect(ssh.sizes).toEqual([
      { columns: 80, rows: 24 },
      { columns: 132, rows: 43 },
    ]);
    await closeLine(line);
    await expect.poll(() => ssh.connections.size).toBe(0);
    expect(bmc.sessions.size).toBe(0);
  });

  it('sends no password to a host key that is not known, and names it', async () => {
    await using ssh = await startTestSsh();
    await using bmc = await startBoth(ssh);
    for (const [options, words] of [
      [{}, 'is not known. Set redfish_ssh_host_key'],
      [{ redfish_ssh_host_key: `SHA256:${'A'.repeat(43)}` }, 'is not the pinned one'],
    ] as const) {
      await expect(drive(bmc.info(options)).start()).rejects.toMatchObject({
        reason: 'BMC_CERTIFICATE_REFUSED',
        message: expect.stringContaining(words),
        metadata: { fingerprint: ssh.fingerprint, field: 'driver_info.redfish_ssh_host_key' },
      });
    }
    expect(ssh.tries).toEqual([]);
  });

  it('takes a fingerprint in hexadecimal digits, and one of several', async () => {
    await using ssh = await startTestSsh();
    await using bmc = await startBoth(ssh);
    const hex = Buffer.from(ssh.fingerprint.slice(7), 'base64').toString('hex');
    const pins = `SHA256:${'A'.repeat(43)}, ${hex}`;
    expect((await drive(bmc.info({ redfish_ssh_host_key: pins })).start()).kind).toBe('relay');
  });

  it('trusts at first use only when that is asked for, says so, and refuses another key then', async () => {
    await using ssh = await startTestSsh();
    await using bmc = await startBoth(ssh);
    const { start, open } = drive(bmc.info({ redfish_ssh_verify: 'first-use' }));
    const { why, state } = (await start()) as { why: string; state: Buffer };
    expect(why).toContain(`trusted at first use: ${ssh.fingerprint}`);
    await closeLine(await open(state));
    const found = JSON.parse(state.toString()) as object;
    await using imposter = await startTestSsh({ hostKey: makeHostKey() });
    const moved = Buffer.from(JSON.stringify({ ...found, port: imposter.port }));
    await expect(open(moved)).rejects.toMatchObject({
      reason: 'BMC_CERTIFICATE_REFUSED',
      message: expect.stringContaining('another than when the console was enabled'),
    });
    expect(imposter.tries).toEqual([]);
  });

  it('shows a password once, in whichever way the server takes it', async () => {
    for (const way of ['password', 'keyboard-interactive'] as const) {
      await using ssh = await startTestSsh({ ways: [way] });
      await using bmc = await startBoth(ssh);
      const info = bmc.info({ redfish_ssh_verify: 'none' });
      expect((await drive(info).start()).why).toContain('host key is not verified');
      expect(ssh.tries.map((one) => one.way)).toEqual([way]);
    }
    await using ssh = await startTestSsh({ ways: ['password', 'keyboard-interactive'] });
    await using bmc = await startBoth(ssh);
    const other = drive(bmc.info({ redfish_ssh_verify: 'none' }), { redfish_ssh_password: 'hunter-two' });
    const refused = await other.start().catch((error: unknown) => error);
    expect(refused).toMatchObject({
      reason: 'BMC_AUTHENTICATION_FAILED',
      metadata: { field: 'driver_secrets.redfish_ssh_password' },
    });
    expect(String(refused)).not.toContain('hunter-two');
    expect(ssh.tries).toHaveLength(1);
  });

  it('says what a server wants that is no password', async () => {
    await using keys = await startTestSsh({ ways: ['publickey'] });
    await using bmc = await startBoth(keys);
    const none = { redfish_ssh_verify: 'none' };
    await expect(drive(bmc.info(none)).start()).rejects.toMatchObject({
      reason: 'BMC_SECURITY_UNSUPPORTED',
      message: expect.stringContaining('it offers publickey'),
    });
    await using codes = await startTestSsh({
      ways: ['keyboard-interactive'],
      questions: ['Password: ', 'One-time code: '],
    });
    await using other = await startBoth(codes);
    await expect(drive(other.info(none)).start()).rejects.toMatchObject({
      message: expect.stringContaining('"One-time code:"'),
    });
  });

  it('types the command that leads to it, and leaves by the hot key', async () => {
    await using ssh = await startTestSsh({ prompt: 'racadm>>' });
    await using bmc = await startBoth(ssh, {
      ConsoleEntryCommand: 'console com2',
      HotKeySequenceDisplay: 'Ctrl-\\',
    });
    const { open } = drive(bmc.info({ redfish_ssh_host_key: ssh.fingerprint }));
    const line = await open();
    expect(await readUntil(line, 'connected')).toContain('racadm>>');
    expect(ssh.commands).toEqual(['console com2']);
    line.stream.write('ls');
    await readUntil(line, 'ls');
    await closeLine(line);
    await expect.poll(() => ssh.typed()).toBe('ls\x1c');
  });

  it('types no ~. into the middle of a line', async () => {
    for (const [typed, left] of [
      ['ls\r', 'ls\r~.'],
      ['ls', 'ls'],
    ] as const) {
      await using ssh = await startTestSsh();
      await using bmc = await startBoth(ssh, { HotKeySequenceDisplay: 'Press ~. to exit console' });
      const line = await drive(bmc.info({ redfish_ssh_host_key: ssh.fingerprint })).open();
      line.stream.write(typed);
      await readUntil(line, typed);
      await closeLine(line);
      await expect.poll(() => ssh.connections.size).toBe(0);
      expect(ssh.typed()).toBe(left);
    }
  });

  it('takes command and keys of the node before those of the BMC', async () => {
    await using ssh = await startTestSsh({ prompt: '->' });
    await using bmc = await startBoth(ssh, { ConsoleEntryCommand: 'wrong', HotKeySequenceDisplay: 'Ctrl-A' });
    const line = await drive(
      bmc.info({
        redfish_ssh_host_key: ssh.fingerprint,
        redfish_ssh_command: 'start /SP/console',
        redfish_ssh_exit: '^[(',
      }),
    ).open();
    await readUntil(line, 'connected');
    expect(ssh.commands).toEqual(['start /SP/console']);
    await closeLine(line);
    await expect.poll(() => ssh.typed()).toBe('\x1b(');
  });

  it('speaks old algorithms only for nodes that say so', async () => {
    const algorithms = { kex: ['diffie-hellman-group14-sha1'], cipher: ['aes128-cbc'] };
    await using ssh = await startTestSsh({ algorithms });
    await using bmc = await startBoth(ssh);
    const info = bmc.info({ redfish_ssh_host_key: ssh.fingerprint });
    await expect(drive(info).start()).rejects.toMatchObject({
      reason: 'BMC_SECURITY_UNSUPPORTED',
      message: expect.stringContaining('redfish_ssh_algorithms = old'),
    });
    const old = drive({ ...info, redfish_ssh_algorithms: 'old' });
    expect((await old.start()).why).toContain('Weak algorithms are allowed');
  });

  it('says when the BMC ends it, and when it breaks', async () => {
    await using ssh = await startTestSsh();
    await using bmc = await startBoth(ssh);
    const { open } = drive(bmc.info({ redfish_ssh_host_key: ssh.fingerprint }));
    const ended = await open();
    const end = new Promise((resolve) => ended.stream.resume().once('error', resolve));
    for (const channel of ssh.channels) {
      channel.exit(3);
      channel.end();
    }
    expect(await end).toMatchObject({
      reason: 'UPSTREAM_CLOSED',
      message: expect.stringContaining('exit code 3'),
    });
    const broken = await open();
    const loss = new Promise((resolve) => broken.stream.resume().once('error', resolve));
    for (const client of ssh.connections)
      (client as unknown as { _sock: { resetAndDestroy(): void } })._sock.resetAndDestroy();
    expect(await loss).toMatchObject({ reason: expect.stringMatching(/^UPSTREAM_/) });
  });

  it('comes from the manager where the system names none', async () => {
    await using ssh = await startTestSsh();
    const protocols = '/redfish/v1/Managers/bmc/NetworkProtocol';
    await using bmc = await startTestBmc({
      sockets: [],
      manager: {
        SerialConsole: { ServiceEnabled: true, ConnectTypesSupported: ['IPMI', 'SSH'] },
        NetworkProtocol: { '@odata.id': protocols },
      },
      resources: { [protocols]: { SSH: { ProtocolEnabled: true, Port: ssh.port } } },
    });
    const { start } = drive(bmc.info({ redfish_ssh_host_key: ssh.fingerprint }));
    expect((await start()).why).toContain(`over SSH (port ${ssh.port})`);
  });

  it('is taken where the WebSocket of an OpenBMC is missing, and what failed is told when both do', async () => {
    await using ssh = await startTestSsh();
    const SSH = { Port: ssh.port, HotKeySequenceDisplay: 'Press ~. to exit console' };
    const options = { systems: { system: { SerialConsole: { SSH } } }, sockets: [] };
    await using bmc = await startTestBmc(options);
    const { start } = drive(bmc.info({ redfish_ssh_host_key: ssh.fingerprint }));
    expect((await start()).why).toContain('over SSH');
    await expect(drive(bmc.info()).start()).rejects.toMatchObject({
      message: expect.stringMatching(/\/console0 is no WebSocket.*Over SSH.*is not known/),
    });
  });

  it('is said to be switched off where it is', async () => {
    await using ssh = await startTestSsh();
    await using bmc = await startBoth(ssh, { ServiceEnabled: false });
    await expect(drive(bmc.info()).start()).rejects.toMatchObject({
      reason: 'BMC_CONSOLE_DISABLED',
      message: expect.stringContaining('SerialConsole.SSH.ServiceEnabled'),
    });
  });
});
