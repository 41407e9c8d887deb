import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import {
  type SimulatedIdrac,
  type SimulatedIdracOptions,
  startSimulatedIdrac,
} from '@consolemesh/bmc-simulator';
import { describe, expect, it } from 'vitest';
import { debianPython, dracclientFolder } from '../system-packages.mjs';

const script = fileURLToPath(new URL('idrac-dracclient.py', import.meta.url));
const password = 'calvin & "sons" <1>';
const administrator = { name: 'root', password, privilege: 'administrator' } as const;
const classes = 'http://schemas.dell.com/wbem/wscim/1/cim-schema/2/';

const start = (options: Partial<SimulatedIdracOptions> = {}) =>
  startSimulatedIdrac({
    name: 'node-01',
    stage: 'console',
    users: [administrator],
    jobMs: 300,
    ...options,
  });

type Step = readonly [name: string, ...unknown[]];
interface Said {
  value?: unknown;
  error?: string;
  text?: string;
}

/** Lets python-dracclient do the steps; the password goes to its standard input and nowhere else. */
async function dracclient(
  { https }: SimulatedIdrac,
  steps: readonly Step[],
  credentials: { name: string; password: string } = administrator,
): Promise<Said[]> {
  const child = spawn(debianPython, [script], {
    env: { PYTHONPATH: dracclientFolder() ?? '', PATH: process.env.PATH ?? '' },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 25_000,
  });
  const { name: username, password: secret } = credentials;
  child.stdin.end(JSON.stringify({ ...https, username, password: secret, steps }));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const said = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Said);
  if (said.length !== steps.length) throw new Error(`python-dracclient stopped: ${stderr}`);
  return said;
}

const vnc = (values: Record<string, string>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`VNCServer.1#${name}`, value]));

/** The last of a list that was said. */
const last = (said: Said | undefined) => (said?.value as string[] | undefined)?.at(-1);
const namesIn = (said: Said | undefined) => Object.keys((said?.value as { group?: object })?.group ?? {});

describe('python-dracclient at a simulated iDRAC', () => {
  it('lists every attribute over several pulls, each as the firmware describes it', async () => {
    await using idrac = await start();
    const [listed, unoptimised] = await dracclient(idrac, [
      ['settings', 'VNCServer.1'],
      ['unoptimised', `${classes}DCIM_iDRACCardEnumeration`],
    ]);
    expect(listed?.value).toEqual({
      count: idrac.attributes.definitions.length,
      group: {
        'VNCServer.1#Enable': { current: 'Disabled', pending: null, readOnly: false },
        'VNCServer.1#Password': { current: '******', pending: null, readOnly: false },
        'VNCServer.1#Port': {
          current: Number(idrac.attributes.current('VNCServer.1#Port')),
          pending: null,
          readOnly: false,
        },
        'VNCServer.1#Timeout': { current: 300, pending: null, readOnly: false },
        'VNCServer.1#SSLEncryptionBitLength': { current: 'Disabled', pending: null, readOnly: false },
        'VNCServer.1#LowerEncryptionBitLength': { current: 'Disabled', pending: null, readOnly: false },
        'VNCServer.1#ActiveSessions': { current: 0, pending: null, readOnly: true },
        'VNCServer.1#MaxSessions': { current: 2, pending: null, readOnly: true },
      },
    });
    const enumerations = idrac.attributes.definitions.filter(({ kind }) => kind.type === 'enumeration');
    expect(enumerations.length).toBeGreaterThan(100);
    expect(unoptimised?.value).toEqual({
      count: enumerations.length,
      pulls: Math.ceil(enumerations.length / 40),
    });
    expect(idrac.requests.filter(({ action }) => action === 'Pull').length).toBeGreaterThan(1);
  });

  it('switches the VNC server on where values apply at once', async () => {
    await using idrac = await start({ generation: '8' });
    const values = vnc({
      Enable: 'Enabled',
      Password: 'a<&">\'1Z',
      Timeout: '600',
      SSLEncryptionBitLength: '128-Bit or higher',
    });
    const [set, listed] = await dracclient(idrac, [
      ['set', values],
      ['settings', 'VNCServer.1'],
    ]);
    expect(set?.value).toEqual({ is_commit_required: false, is_reboot_required: 'false' });
    expect(listed?.value).toMatchObject({
      group: { 'VNCServer.1#Enable': { current: 'Enabled' }, 'VNCServer.1#Timeout': { current: 600 } },
    });
    expect(namesIn(listed)).toHaveLength(6);
    for (const [name, value] of Object.entries(values)) expect(idrac.attributes.current(name)).toBe(value);
    expect(idrac.vnc.port).toBe(Number(idrac.attributes.current('VNCServer.1#Port')));
  });

  it('commits pending values by a job, which it follows to its end', async () => {
    await using idrac = await start({ misbehave: { pendingOnly: true } });
    const values = vnc({ Enable: 'Enabled', Password: 'Abcdef12' });
    const [set, listed, commit, again] = await dracclient(idrac, [
      ['set', values],
      ['settings', 'VNCServer.1'],
      ['commit'],
      ['commit'],
    ]);
    expect(set?.value).toEqual({ is_commit_required: true, is_reboot_required: 'false' });
    expect(listed?.value).toMatchObject({
      group: {
        'VNCServer.1#Enable': { current: 'Disabled', pending: 'Enabled' },
        'VNCServer.1#Password': { current: '******', pending: '******' },
      },
    });
    expect(commit?.value).toMatch(/^JID_\d{12}$/);
    expect(again).toMatchObject({ error: 'DRACOperationFailed' });
    const [followed, unfinished] = await dracclient(idrac, [['follow', commit?.value], ['unfinished']]);
    expect(last(followed)).toBe('Completed');
    expect(unfinished?.value).toEqual([]);
    expect(idrac.attributes.current('VNCServer.1#Enable')).toBe('Enabled');
    expect(idrac.journal.map(({ via, outcome }) => [via, outcome])).toEqual([
      ['wsman', 'applied'],
      ['job', 'applied'],
    ]);
  });

  it('registers a job that nothing starts, deletes it, and abandons what was pending', async () => {
    await using idrac = await start({ misbehave: { pendingOnly: true } });
    const said = await dracclient(idrac, [
      ['set', vnc({ Timeout: '900' })],
      ['commit_later'],
      ['jobs'],
      ['delete_job', 'JID_000000000000'],
      ['delete_jobs'],
      ['jobs'],
      ['abandon'],
      ['settings', 'VNCServer.1'],
    ]);
    expect(said[2]?.value).toEqual(['Pending', 'New']);
    expect(said[3]).toMatchObject({
      error: 'DRACOperationFailed',
      text: expect.stringMatching(/Invalid Job ID/),
    });
    expect(said[5]?.value).toEqual(['Pending']);
    expect(said[7]?.value).toMatchObject({
      group: { 'VNCServer.1#Timeout': { current: 300, pending: null } },
    });
  });

  it('sees the job of a BMC fail, and a queue that has no room', async () => {
    await using idrac = await start({ misbehave: { pendingOnly: true, jobs: 'fail' } });
    const [, commit] = await dracclient(idrac, [['set', vnc({ Enable: 'Enabled' })], ['commit']]);
    idrac.misbehave.jobQueueFull = true;
    const [followed, refused] = await dracclient(idrac, [['follow', commit?.value], ['commit']]);
    expect(last(followed)).toBe('Failed');
    expect(refused).toMatchObject({
      error: 'DRACOperationFailed',
      text: expect.stringMatching(/queue is full/),
    });
    expect(idrac.attributes.current('VNCServer.1#Enable')).toBe('Disabled');
  });

  it('asks whether the BMC is ready, and waits for one that is not', async () => {
    await using idrac = await start();
    const steps = [['ready'], ['recovery'], ['settings', 'VNCServer.1']] as const;
    const values = async () => (await dracclient(idrac, steps)).map(({ value, error }) => value ?? error);
    expect(await values()).toEqual([true, false, expect.anything()]);
    idrac.misbehave.notReadyMs = 3_600_000;
    expect(await values()).toEqual([false, false, 'DRACOperationFailed']);
    idrac.misbehave.recovery = true;
    expect(await values()).toEqual([false, true, 'DRACOperationFailed']);
  });

  it('reads and changes the power of the machine behind it', async () => {
    await using idrac = await start();
    const said = await dracclient(idrac, [['power'], ['set_power', 'POWER_OFF'], ['power'], ['system']]);
    expect(said[0]?.value).toBe('POWER_ON');
    expect(said[2]?.value).toBe('POWER_OFF');
    expect(idrac.machine.power).toBe('off');
    expect(said[3]?.value).toMatchObject({
      model: idrac.machine.identity.product,
      uuid: idrac.machine.identity.uuid,
    });
  });

  it('is turned away with a wrong password, and with the right one while the address is blocked', async () => {
    await using idrac = await start();
    const wrong = await dracclient(idrac, [['ready'], ['ready'], ['ready']], {
      ...administrator,
      password: 'no',
    });
    expect(wrong.map(({ error }) => error)).toEqual(Array(3).fill('WSManInvalidResponse'));
    const [blocked] = await dracclient(idrac, [['ready']]);
    expect(blocked).toMatchObject({ error: 'WSManInvalidResponse', text: expect.stringMatching(/401/) });
    expect(idrac.logins.map(({ result }) => result)).toEqual(['refused', 'refused', 'refused', 'blocked']);
  });

  it('reads what has unprintable bytes in it, as it does at real iDRACs', async () => {
    await using idrac = await start({ misbehave: { dirty: true } });
    const [read] = await dracclient(idrac, [['at_once', `${classes}DCIM_iDRACCardInteger`]]);
    expect(read?.value).toMatchObject({
      'iDRAC.Embedded.1#VNCServer.1#Timeout': '300',
      'iDRAC.Embedded.1#VirtualConsole.1#Port': '5900',
    });
  });

  it('resets the card, which is away then', async () => {
    await using idrac = await start({ resetMs: 60_000 });
    const [reset, ready] = await dracclient(idrac, [['reset'], ['ready']]);
    expect(reset?.value).toBe(true);
    expect(ready).toMatchObject({ error: 'WSManRequestFailure' });
  });
});
