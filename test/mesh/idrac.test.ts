import type { IdracMisbehaviour } from '@consolemesh/bmc-simulator';
import { ConsolePhase } from '@consolemesh/contracts/driver';
import { TlsMode, TlsVerification } from '@consolemesh/contracts/types';
import { describe, expect, it } from 'vitest';
import { consolePassword, startIdracWorld } from '../harness/idrac.ts';
import { failure, tcpOf, watch } from '../harness/idrac-viewer.ts';

/** The firmware that there is. */
const kinds = [
  ['an iDRAC 8, over WS-MAN', { generation: '8' as const }],
  ['an iDRAC 9, over WS-MAN', { generation: '9' as const }],
  ['an iDRAC 9 without WS-MAN, over Redfish', { misbehave: { noWsman: true } }],
  [
    'an iDRAC 8 without WS-MAN, over Redfish of the first shape',
    { generation: '8' as const, misbehave: { noWsman: true } },
  ],
  ['one whose WS-MAN answers with a web page', { misbehave: { wsmanHtml: true } }],
  ['one that wants a job for every change', { misbehave: { pendingOnly: true } }],
  [
    'one that wants a task for every change, over Redfish',
    { misbehave: { pendingOnly: true, noWsman: true } },
  ],
  ['one that tells numbers as text', { misbehave: { numbersAsStrings: true, noWsman: true } }],
  ['one that tells encryption as a number', { misbehave: { bitLengthAsNumber: true, noWsman: true } }],
  ['one that sends unprintable bytes', { misbehave: { dirty: true } }],
  ['one that is busy at first', { misbehave: { busy: 1 } }],
  ['one that is not ready at first', { misbehave: { notReadyMs: 600 } }],
  ['one whose VNC server comes up late', { vncMisbehave: { lateMs: 800 } }],
] as const;

describe.each(kinds)('%s', (_name, options) => {
  it('is enabled in one write, can be watched, and is put back', async () => {
    await using world = await startIdracWorld(options);
    const before = world.settings();
    const console = world.console();
    const changes = await console.prepare();
    expect(world.idrac.journal).toEqual([]);
    expect(changes.join('\n')).toMatch(/VNCServer\.1#Enable: Disabled becomes Enabled\./);

    const answer = await console.start();
    const written = world.idrac.journal.filter(({ via }) => via !== 'job');
    expect(written.map(({ values }) => values.map(({ name }) => name).sort())).toEqual([
      ['Enable', 'Password', 'SSLEncryptionBitLength', 'Timeout'].map((name) => `VNCServer.1#${name}`),
    ]);
    expect(world.settings()).toMatchObject({
      Enable: 'Enabled',
      Timeout: '10800',
      SSLEncryptionBitLength: 'Auto Negotiate',
    });
    expect(tcpOf(answer)).toMatchObject({
      port: Number(before.Port),
      password: consolePassword,
      tls: { mode: TlsMode.FROM_FIRST_BYTE, verification: TlsVerification.PIN },
    });
    {
      using viewer = await watch(answer);
      expect(viewer.serverInit.name).toBe('OpenVNC');
    }
    expect(await console.look()).toMatchObject({ phase: ConsolePhase.READY });

    const left = await console.stop();
    expect(world.settings()).toEqual(before);
    expect(left).toEqual([expect.stringContaining('VNCServer.1#Password')]);
    expect(world.idrac.logins.filter(({ result }) => result !== 'accepted')).toEqual([]);
    expect(world.idrac.redfishSessions).toBe(0);
  });
});

/** Failures of the management faces: what a start ends with, and where. */
const failures: readonly [string, IdracMisbehaviour, string, RegExp][] = [
  ['has no licence', { noLicence: true }, 'BMC_LICENSE_MISSING', /Enterprise or Datacenter/],
  [
    'calls an attribute otherwise',
    { renamed: { from: 'VNCServer.1#Timeout', to: 'IdleTimeout' } },
    'BMC_SETTING_MISSING',
    /VNCServer\.1#Timeout; it knows .*IdleTimeout/,
  ],
  ['is locked down', { lockdown: true }, 'BMC_LOCKED_DOWN', /Lockdown/i],
  ['is in recovery', { recovery: true }, 'BMC_RECOVERY_MODE', /recovery/],
  ['is not ready for long', { notReadyMs: 60_000 }, 'BMC_NOT_READY', /not ready/],
  ['has no room for a job', { pendingOnly: true, jobQueueFull: true }, 'BMC_JOB_QUEUE_FULL', /queue/],
  ['fails the job', { pendingOnly: true, jobs: 'fail' }, 'BMC_CHANGE_FAILED', /JID_\d+/],
  ['never ends the job', { pendingOnly: true, jobs: 'hang' }, 'BMC_NOT_READY', /JID_\d+ .*Running/],
  [
    'says yes and does nothing',
    { lying: true },
    'BMC_CHANGE_FAILED',
    /accepted VNCServer\.1#\w+ = .* still says/,
  ],
  ['hangs', { hang: true }, 'BMC_TIMEOUT', /timed out/],
  ['cuts its answers short', { truncated: true }, 'BMC_ERROR', /./],
  ['answers without end', { huge: true }, 'BMC_PROTOCOL_ERROR', /./],
  ['answers somebody else', { wrongRelatesTo: true }, 'BMC_PROTOCOL_ERROR', /another/],
  ['never ends a list', { endlessPull: true }, 'BMC_PROTOCOL_ERROR', /./],
  ['stays busy', { busyFault: true }, 'BMC_NOT_READY', /./],
  [
    'offers neither WS-MAN nor Redfish',
    { noWsman: true, noRedfish: true },
    'BMC_PROTOCOL_ERROR',
    /neither WS-MAN nor Redfish/,
  ],
];

describe('an iDRAC that', () => {
  it.each(failures)('%s', async (_name, misbehave, reason, words) => {
    await using world = await startIdracWorld({ misbehave });
    const before = world.settings();
    const console = world.console();
    const error = await failure(console.enable());
    expect(error.reason).toBe(reason);
    expect(error.message).toMatch(words);
    expect(error.message).not.toContain('calvin');
    expect(error.message).not.toContain(consolePassword);
    // As soon as it can be asked again, nothing is left of the attempt.
    for (const name of Object.keys(misbehave)) {
      if (name !== 'noLicence' && name !== 'renamed')
        Object.assign(world.idrac.misbehave, { [name]: undefined });
    }
    await console.stop();
    expect(world.settings()).toEqual(before);
  });

  it('refuses the password: said once, and never tried again before it is changed', async () => {
    await using world = await startIdracWorld();
    const wrong = world.node({}, { drac_password: 'wrong-canary' });
    const first = await failure(world.console(wrong).enable());
    expect(first.reason).toBe('BMC_AUTHENTICATION_FAILED');
    expect(first.message).toContain('"root"');
    expect(first.message).not.toContain('canary');
    for (let i = 0; i < 5; i += 1)
      expect((await failure(world.console(wrong).enable())).reason).toBe('BMC_AUTHENTICATION_FAILED');
    expect(await world.console(wrong).validate()).toMatchObject([
      { field: 'driver_secrets.drac_password', reason: 'BMC_AUTHENTICATION_FAILED' },
    ]);
    expect(world.idrac.logins).toHaveLength(1);
    await world.console().enable();
  });

  it('refuses the password over Redfish too, once', async () => {
    await using world = await startIdracWorld({ misbehave: { noWsman: true } });
    const wrong = world.node({}, { drac_password: 'wrong' });
    expect((await failure(world.console(wrong).enable())).reason).toBe('BMC_AUTHENTICATION_FAILED');
    expect((await failure(world.console(wrong).enable())).reason).toBe('BMC_AUTHENTICATION_FAILED');
    expect(world.idrac.logins.filter(({ result }) => result !== 'accepted')).toHaveLength(1);
  });

  it.each([['wsman'], ['redfish']])('lets the user look only: %s', async (drac_transport) => {
    const users = [{ name: 'root', password: 'calvin', privilege: 'readonly' as const }];
    await using world = await startIdracWorld({ users });
    const before = world.settings();
    const console = world.console(world.node({ drac_transport }));
    const error = await failure(console.enable());
    expect(error.reason).toBe('BMC_PERMISSION_DENIED');
    expect(error.message).toMatch(/privilege/i);
    await console.stop();
    expect(world.settings()).toEqual(before);
  });

  it('shows another certificate', async () => {
    await using world = await startIdracWorld();
    const pinned = world.node({ drac_pin: 'ab'.repeat(32) });
    const error = await failure(world.console(pinned).enable());
    expect(error.reason).toBe('BMC_CERTIFICATE_REFUSED');
    expect(error.message).toContain(world.node().info.drac_pin!.replaceAll(':', '').toLowerCase());
    expect(world.idrac.logins).toEqual([]);
    expect(await world.console(pinned).validate()).toMatchObject([{ field: 'driver_info.drac_verify' }]);
  });

  it('is not there', async () => {
    await using world = await startIdracWorld();
    const reasonAt = async (info: Record<string, string>) => {
      const [violation] = await world.console(world.node(info)).validate();
      return [violation?.field, violation?.reason];
    };
    expect(await reasonAt({ drac_address: 'no-such-host.invalid' })).toEqual([
      'driver_info.drac_address',
      'BMC_NAME_NOT_FOUND',
    ]);
    expect(await reasonAt({ drac_port: '9' })).toEqual(['driver_info.drac_port', 'BMC_REFUSED']);
    expect(await reasonAt({ drac_port: `${world.settings().Port}` })).toEqual([
      'driver_info.drac_port',
      'BMC_REFUSED',
    ]);
  });
});
