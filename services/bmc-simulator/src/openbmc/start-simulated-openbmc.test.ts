import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { manualClock } from '../testing.ts';
import { openbmcMisbehaviours, parseOpenbmcMisbehaviour } from './misbehaviour.ts';
import { type SimulatedOpenbmcOptions, startSimulatedOpenbmc } from './start-simulated-openbmc.ts';
import { ask, basic, openConsole } from './testing.ts';

const start = (options: Partial<SimulatedOpenbmcOptions> = {}) =>
  startSimulatedOpenbmc({ name: 'node-07', seed: 'test', stage: 'console', ...options });
const misbehaving = (...words: string[]) => start({ misbehave: parseOpenbmcMisbehaviour(words) });
const credentials = { UserName: 'root', Password: '0penBmc' };
const sessionsPath = '/redfish/v1/SessionService/Sessions';
const system = '/redfish/v1/Systems/system';

describe('Redfish of a simulated OpenBMC', () => {
  it('lets somebody in with a session, and out', async () => {
    await using openbmc = await start();
    expect((await ask(openbmc, 'GET', '/redfish/v1')).body.Vendor).toBeUndefined();
    expect((await ask(openbmc, 'GET', '/redfish/v1/Systems')).status).toBe(401);
    const wrong = { body: { ...credentials, Password: 'x' } };
    expect((await ask(openbmc, 'POST', sessionsPath, wrong)).status).toBe(401);
    const { status, headers } = await ask(openbmc, 'POST', sessionsPath, { body: credentials });
    expect(status).toBe(201);
    const token = { headers: { 'x-auth-token': String(headers['x-auth-token']) } };
    expect((await ask(openbmc, 'GET', '/redfish/v1/Systems', token)).body.Members).toEqual([
      { '@odata.id': system },
    ]);
    expect((await ask(openbmc, 'DELETE', String(headers.location), token)).status).toBe(200);
    expect((await ask(openbmc, 'GET', '/redfish/v1/Systems', token)).status).toBe(401);
    expect(openbmc.sessions).toBe(0);
  });

  it('tells where the serial consoles are', async () => {
    await using openbmc = await start({ ssh: {}, ipmi: {} });
    const { body } = await ask(openbmc, 'GET', system, { headers: basic });
    expect(body.SerialConsole).toMatchObject({
      WebSocket: { ServiceEnabled: true, ConsoleURI: '/console0', Interactive: true },
      SSH: {
        ServiceEnabled: true,
        Port: openbmc.ssh?.address.port,
        HotKeySequenceDisplay: 'Press ~. to exit console',
      },
      IPMI: { ServiceEnabled: true },
    });
  });

  it('switches the power, and boots once from what was said', async () => {
    await using openbmc = await start();
    const reset = (ResetType: string) =>
      ask(openbmc, 'POST', `${system}/Actions/ComputerSystem.Reset`, { headers: basic, body: { ResetType } });
    expect((await reset('ForceOff')).status).toBe(204);
    expect((await ask(openbmc, 'GET', system, { headers: basic })).body.PowerState).toBe('Off');
    const Boot = { BootSourceOverrideEnabled: 'Once', BootSourceOverrideTarget: 'BiosSetup' };
    expect((await ask(openbmc, 'PATCH', system, { headers: basic, body: { Boot } })).status).toBe(204);
    expect((await ask(openbmc, 'GET', system, { headers: basic })).body.Boot).toMatchObject(Boot);
    await reset('On');
    expect(openbmc.machine.power).toBe('on');
    expect(openbmc.machine.bootOverride).toEqual({ to: 'setup', persistent: false });
    expect((await reset('Explode')).status).toBe(400);
  });

  it('wants the CSRF token of whoever comes with cookies', async () => {
    await using openbmc = await start();
    const page = { 'x-requested-with': 'XMLHttpRequest' };
    const { headers } = await ask(openbmc, 'POST', sessionsPath, { headers: page, body: credentials });
    expect(headers['x-auth-token']).toBeUndefined();
    const cookie = (headers['set-cookie'] as string[]).map((one) => one.split(';')[0]).join('; ');
    const [, token = ''] = /XSRF-TOKEN=(\w+)/.exec(cookie) ?? [];
    const boot = { body: { Boot: { BootSourceOverrideTarget: 'None' } } };
    expect((await ask(openbmc, 'GET', system, { headers: { cookie } })).status).toBe(200);
    expect((await ask(openbmc, 'PATCH', system, { headers: { cookie }, ...boot })).status).toBe(401);
    const own = { cookie, 'x-xsrf-token': token };
    expect((await ask(openbmc, 'PATCH', system, { headers: own, ...boot })).status).toBe(204);
    await expect(openConsole(openbmc, '/console0', { headers: { cookie } })).rejects.toThrow(/401/);
    const { socket } = await openConsole(openbmc, '/console0', { headers: { cookie }, protocol: token });
    expect(socket.protocol).toBe(token);
  });
});

describe('the console of a simulated OpenBMC', () => {
  it('is the serial line, in frames of 4096 bytes at most, for several at a time', async () => {
    await using openbmc = await start();
    const one = await openConsole(openbmc);
    const two = await openConsole(openbmc, '/console/default');
    one.socket.send(Buffer.from('root\r'));
    await expect.poll(() => one.text).toContain('Password: ');
    two.socket.send('x\rseq 5000\r');
    for (const each of [one, two]) await expect.poll(() => each.text).toContain('\r\n5000\r\n');
    expect(one.seen).toMatchObject({ binary: true, largest: 4096 });
    expect(openbmc.consoles).toEqual(['system', 'system']);
    one.socket.close();
    await expect.poll(() => openbmc.consoles).toHaveLength(1);
  });

  it('is another one for each server behind the BMC', async () => {
    await using openbmc = await start({ systems: 3 });
    const { body } = await ask(openbmc, 'GET', '/redfish/v1/Systems/system2', { headers: basic });
    const { ConsoleURI } = body.SerialConsole.WebSocket;
    const second = await openConsole(openbmc, ConsoleURI);
    const first = await openConsole(openbmc);
    second.socket.send('\r');
    first.socket.send('\r');
    await expect.poll(() => second.text).toContain('node-07-2 login: ');
    await expect.poll(() => first.text).toContain('node-07-1 login: ');
    openbmc.hosts[1]?.machine.setPower('off');
    expect(openbmc.machine.power).toBe('on');
    await expect(openConsole(openbmc, '/console/system4')).rejects.toThrow(/404/);
  });

  it('is for administrators only', async () => {
    await using openbmc = await start({ users: [{ name: 'op', password: 'pw', privilege: 'operator' }] });
    const headers = { authorization: `Basic ${Buffer.from('op:pw').toString('base64')}` };
    await expect(openConsole(openbmc, '/console0', { headers })).rejects.toThrow(/403/);
    await expect(openConsole(openbmc, '/console0', { headers: {} })).rejects.toThrow(/401/);
  });

  it('pings, and hangs up on whoever does not answer', async () => {
    const clock = manualClock();
    await using openbmc = await start({ clock });
    const { socket, closed } = await openConsole(openbmc);
    await expect.poll(() => openbmc.consoles).toHaveLength(1);
    const pinged = once(socket, 'ping');
    clock.advance(150_000);
    await pinged;
    socket.pause();
    clock.advance(150_000);
    clock.advance(150_000);
    await expect.poll(() => openbmc.consoles).toEqual([]);
    socket.resume();
    expect((await closed).code).toBe(1006);
  });
});

describe('misbehaviour of a simulated OpenBMC', () => {
  it('has a name for each once, and says how they are written', () => {
    const names = openbmcMisbehaviours.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(() => parseOpenbmcMisbehaviour(['mute=1'])).toThrow(/should be written/);
    expect(() => parseOpenbmcMisbehaviour(['explode'])).toThrow(/no misbehaviour/);
  });

  it.each([
    ['untold', undefined],
    ['no-websocket', undefined],
    ['disabled', { ServiceEnabled: false }],
    ['uri=/nowhere', { ConsoleURI: '/nowhere' }],
    ['read-only', { Interactive: false }],
  ])('%s: shows in Redfish', async (word, shown) => {
    await using openbmc = await misbehaving(word);
    const { body } = await ask(openbmc, 'GET', system, { headers: basic });
    if (shown) expect(body.SerialConsole.WebSocket).toMatchObject(shown);
    else expect(body.SerialConsole.WebSocket).toBeUndefined();
  });

  it('no-websocket, no-basic, cookies-only: consoles are refused', async () => {
    await using openbmc = await misbehaving('no-websocket');
    await expect(openConsole(openbmc)).rejects.toThrow(/404/);
    Object.assign(openbmc.misbehave, { noWebSocket: undefined, noBasic: true });
    await expect(openConsole(openbmc)).rejects.toThrow(/401/);
    Object.assign(openbmc.misbehave, { noBasic: undefined, cookiesOnly: true });
    await expect(openConsole(openbmc)).rejects.toThrow(/401/);
  });

  it('no-sessions, sessions: nobody logs in, and whether with credentials or without, there is nothing', async () => {
    await using openbmc = await misbehaving('no-sessions');
    for (const headers of [basic, {}]) {
      expect((await ask(openbmc, 'POST', sessionsPath, { headers, body: credentials })).status).toBe(404);
      for (const path of [sessionsPath, `${sessionsPath}/1`, '/redfish/v1/SessionService']) {
        expect((await ask(openbmc, 'GET', path, { headers })).status).toBe(404);
      }
    }
    expect((await ask(openbmc, 'GET', '/redfish/v1/Systems')).status).toBe(401);
    Object.assign(openbmc.misbehave, { noSessions: undefined, mostSessions: 1 });
    expect((await ask(openbmc, 'POST', sessionsPath, { body: credentials })).status).toBe(201);
    expect((await ask(openbmc, 'POST', sessionsPath, { body: credentials })).status).toBe(503);
  });

  it('session-timeout: a session that rests ends', async () => {
    const clock = manualClock();
    await using openbmc = await start({ clock, misbehave: parseOpenbmcMisbehaviour(['session-timeout=30']) });
    await ask(openbmc, 'POST', sessionsPath, { body: credentials });
    expect(openbmc.sessions).toBe(1);
    clock.advance(30_000);
    expect(openbmc.sessions).toBe(0);
  });

  it('consoles: one too many is told why', async () => {
    await using openbmc = await misbehaving('consoles=1');
    await openConsole(openbmc);
    const second = await openConsole(openbmc);
    expect(await second.closed).toEqual({ code: 1000, reason: 'Max sessions are already connected' });
  });

  it('read-only, as-text: nothing that is typed arrives, and text comes', async () => {
    await using openbmc = await misbehaving('read-only', 'as-text');
    const one = await openConsole(openbmc);
    one.socket.send('root\r');
    one.socket.close();
    await one.closed;
    const again = await openConsole(openbmc);
    openbmc.machine.interrupt();
    await expect.poll(() => again.text).toContain('NMI');
    expect(again.text).not.toContain('root');
    expect(again.seen.binary).toBe(false);
  });

  it('mute: says nothing', async () => {
    await using openbmc = await misbehaving('mute');
    const one = await openConsole(openbmc);
    one.socket.send('\r');
    one.socket.close();
    await one.closed;
    expect(one.seen.frames).toBe(0);
  });

  it('deaf: answers no ping', async () => {
    await using openbmc = await misbehaving('deaf');
    const { socket } = await openConsole(openbmc);
    let pongs = 0;
    socket.on('pong', () => pongs++);
    socket.ping();
    socket.send('\r');
    await once(socket, 'message');
    expect(pongs).toBe(0);
  });

  it.each(['die-after=50', 'die-after-bytes=10'])('%s: drops the console', async (word) => {
    await using openbmc = await misbehaving(word);
    const one = await openConsole(openbmc);
    one.socket.send('\r\r\r');
    expect((await one.closed).code).toBe(1006);
  });

  it('slow, hang: takes its time, or all of it', async () => {
    const clock = manualClock();
    await using openbmc = await start({ clock, misbehave: parseOpenbmcMisbehaviour(['slow=5000']) });
    const answer = ask(openbmc, 'GET', '/redfish/v1');
    await expect.poll(() => clock.waiting).toBeGreaterThan(0);
    clock.advance(5000);
    expect((await answer).status).toBe(200);
    Object.assign(openbmc.misbehave, { slowMs: undefined, hang: true });
    const answered: string[] = [];
    const never = ask(openbmc, 'GET', '/redfish/v1').catch(() => 'dropped');
    never.then((how) => answered.push(how === 'dropped' ? how : 'answered'));
    await expect.poll(() => openbmc.requests).toBe(2);
    openbmc.misbehave.hang = undefined;
    await ask(openbmc, 'GET', '/redfish/v1');
    expect(answered).toEqual([]);
    await openbmc[Symbol.asyncDispose]();
    expect(await never).toBe('dropped');
  });
});
