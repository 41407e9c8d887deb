import { closeLine, drive, readUntil, startTestBmc } from '@consolemesh/bmc-driver-redfish-serial/testing';
import { describe, expect, it, vi } from 'vitest';
import { type Sshd, startSshd } from './redfish-serial-peers.ts';

vi.setConfig({ testTimeout: 60_000 });

const byPassword = ['UsePAM no', 'PasswordAuthentication yes', 'KbdInteractiveAuthentication no'];
const byQuestions = ['UsePAM yes', 'PasswordAuthentication no', 'KbdInteractiveAuthentication yes'];

/** A BMC whose Redfish names that server. */
function bmcOf(sshd: Sshd) {
  const SSH = { ServiceEnabled: true, Port: sshd.port };
  return startTestBmc({
    systems: { 1: { SerialConsole: { SSH } } },
    manager: {},
    options: { redfish_ssh_host_key: sshd.fingerprint },
  });
}

describe('a console behind OpenSSH’s server', () => {
  it('is a terminal: with the size that it is told, and what is typed is done', async () => {
    await using sshd = await startSshd(byPassword);
    await using bmc = await bmcOf(sshd);
    const line = await drive(bmc.info()).open();
    line.stream.write('stty size; tty; echo "$TERM ready"\r');
    expect(await readUntil(line, 'xterm-256color ready')).toMatch(/24 80\r\n\/dev\/pts\/\d+/);
    line.resize?.(132, 43);
    line.stream.write('stty size\r');
    await readUntil(line, '43 132');
    await closeLine(line);
    await expect.poll(() => sshd.log()).toMatch(/Close session|Connection closed|Received disconnect/);
  });

  it('hands every byte over as it is, both ways, a megabyte of them', async () => {
    await using sshd = await startSshd([
      ...byPassword,
      'ForceCommand stty raw -echo; printf "raw> "; exec cat',
    ]);
    await using bmc = await bmcOf(sshd);
    const line = await drive(bmc.info()).open();
    await readUntil(line, 'raw> ');
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const bytes = Buffer.concat([...Array.from({ length: 4_096 }, () => all), Buffer.from('the end')]);
    line.stream.write(bytes);
    const back = Buffer.from(await readUntil(line, 'the end'), 'latin1');
    expect(back.equals(bytes)).toBe(true);
    await closeLine(line);
  });

  it('takes the password by keyboard-interactive, as PAM asks for it', async () => {
    await using sshd = await startSshd(byQuestions);
    await using bmc = await bmcOf(sshd);
    const line = await drive(bmc.info()).open();
    line.stream.write('echo "i"n-it\r');
    await readUntil(line, 'in-it');
    await closeLine(line);
    expect(sshd.log()).toContain('Accepted keyboard-interactive/pam');
  });

  it('is refused once for a wrong password, however many ways there are', async () => {
    for (const config of [
      byPassword,
      byQuestions,
      ['UsePAM yes', 'PasswordAuthentication yes', 'KbdInteractiveAuthentication yes'],
    ]) {
      await using sshd = await startSshd(config);
      await using bmc = await bmcOf(sshd);
      await expect(drive(bmc.info(), { redfish_ssh_password: 'hunter-two' }).start()).rejects.toMatchObject({
        reason: 'BMC_AUTHENTICATION_FAILED',
        metadata: { field: 'driver_secrets.redfish_ssh_password' },
      });
      await expect.poll(() => sshd.log()).toContain('Disconnected from authenticating user');
      expect(sshd.log().match(/Failed (?:password|keyboard-interactive)/g)).toHaveLength(1);
    }
  });

  it('with another host key gets no password', async () => {
    await using sshd = await startSshd(byPassword);
    await using bmc = await bmcOf(sshd);
    const info = bmc.info({ redfish_ssh_host_key: `SHA256:${'A'.repeat(43)}` });
    await expect(drive(info).start()).rejects.toMatchObject({
      reason: 'BMC_CERTIFICATE_REFUSED',
      metadata: { fingerprint: sshd.fingerprint },
    });
    expect(sshd.log()).not.toMatch(/Accepted|Failed/);
  });

  it('that knows old algorithms alone is reached by nodes that allow them', async () => {
    const old = [
      'HostKeyAlgorithms ssh-rsa',
      'KexAlgorithms diffie-hellman-group1-sha1',
      'Ciphers 3des-cbc',
      'MACs hmac-sha1',
    ];
    await using sshd = await startSshd([...byPassword, ...old], 'rsa');
    await using bmc = await bmcOf(sshd);
    await expect(drive(bmc.info()).start()).rejects.toMatchObject({ reason: 'BMC_SECURITY_UNSUPPORTED' });
    const line = await drive(bmc.info({ redfish_ssh_algorithms: 'old' })).open();
    line.stream.write('echo "i"n-it\r');
    await readUntil(line, 'in-it');
    await closeLine(line);
  });

  it('says when its shell has ended, and when it was killed', async () => {
    await using sshd = await startSshd(byPassword);
    await using bmc = await bmcOf(sshd);
    const { open } = drive(bmc.info());
    const left = await open();
    const end = new Promise((resolve) => left.stream.resume().once('error', resolve));
    left.stream.write('exit 7\r');
    expect(await end).toMatchObject({
      reason: 'UPSTREAM_CLOSED',
      message: expect.stringContaining('exit code 7'),
    });
    const lost = await open();
    const loss = new Promise((resolve) => lost.stream.resume().once('error', resolve));
    sshd.kill();
    expect(await loss).toMatchObject({ reason: expect.stringMatching(/^UPSTREAM_/) });
  });
});
