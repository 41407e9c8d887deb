import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manualClock } from '../../testing.ts';
import { type SimulatedIdrac, startSimulatedIdrac } from '../start-simulated-idrac.ts';
import { type Ask, ask, idsOf, patch } from '../testing.ts';

const clock = manualClock();
const users = [
  { name: 'root', password: 'calvin', privilege: 'administrator' },
  { name: 'look', password: 'look', privilege: 'readonly' },
] as const;
const root = '/redfish/v1';
const manager = `${root}/Managers/iDRAC.Embedded.1`;
const system = `${root}/Systems/System.Embedded.1`;
const start = (generation: '8' | '9') =>
  startSimulatedIdrac({ name: 'node-01', stage: 'console', clock, users, generation });

let idrac: SimulatedIdrac;
beforeAll(async () => {
  idrac = await start('9');
});
afterAll(() => idrac[Symbol.asyncDispose]());

const json = async (path: string, at = idrac) => JSON.parse((await ask(at, { path })).text);
const post = (path: string, body: object, more: Partial<Ask> = {}) =>
  ask(idrac, { method: 'POST', path, body: JSON.stringify(body), ...more });
const logIn = (name: string, password: string, at = idrac, path = `${root}/SessionService/Sessions`) =>
  ask(at, { method: 'POST', path, body: JSON.stringify({ UserName: name, Password: password }), as: null });

describe('Redfish of a simulated iDRAC', () => {
  it('shows its root to anybody and the rest to those who are logged in', async () => {
    for (const path of ['/redfish', root, `${root}/`])
      expect((await ask(idrac, { path, as: null })).status).toBe(200);
    for (const path of [`${root}/Systems`, `${root}/nothing`, `${root}/SessionService/Sessions`])
      expect((await ask(idrac, { path, as: null })).status).toBe(401);
    expect(idsOf((await ask(idrac, { path: `${root}/Systems`, as: 'root:wrong' })).text)).toEqual([
      'Base.AccessDenied',
    ]);
  });

  it('leads from its root to every resource it links', async () => {
    const seen = new Set<string>();
    const queue = [root];
    for (let path = queue.pop(); path; path = queue.pop()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const reply = await ask(idrac, { path });
      expect([path, reply.status]).toEqual([path, 200]);
      queue.push(...[...reply.text.matchAll(/"@odata\.id":"([^"]+)"/g)].map(([, found]) => found ?? ''));
    }
    expect([...seen]).toEqual(
      expect.arrayContaining([manager, system, `${manager}/Oem/Dell/DellAttributes/iDRAC.Embedded.1`]),
    );
  });

  it('logs in by a session, which ends when it is deleted', async () => {
    const session = await logIn('root', 'calvin');
    expect(session.status).toBe(201);
    const headers = { 'x-auth-token': String(session.headers['x-auth-token']) };
    const path = session.headers.location ?? '';
    const as = null;
    expect((await ask(idrac, { path: system, headers, as })).status).toBe(200);
    expect(idrac.redfishSessions).toBe(1);
    expect((await ask(idrac, { method: 'DELETE', path, headers, as })).status).toBe(200);
    expect((await ask(idrac, { path: system, headers, as })).status).toBe(401);
    expect((await ask(idrac, { method: 'DELETE', path })).status).toBe(404);
  });

  it('ends the session of another for an administrator only', async () => {
    const [mine, theirs] = [await logIn('look', 'look'), await logIn('root', 'calvin')];
    const remove = async (reply: typeof mine, as: string) =>
      (await ask(idrac, { method: 'DELETE', path: reply.headers.location ?? '', as })).status;
    expect(await remove(theirs, 'look:look')).toBe(403);
    expect(await remove(mine, 'look:look')).toBe(200);
    expect(await remove(theirs, 'root:calvin')).toBe(200);
  });

  it('refuses a login that is wrong or incomplete, and opens no session', async () => {
    expect((await logIn('root', 'wrong')).status).toBe(401);
    expect((await post(`${root}/SessionService/Sessions`, { UserName: 'root' }, { as: null })).status).toBe(
      400,
    );
    expect((await logIn('root', 'calvin')).status).toBe(201);
    idrac.endSessions();
  });

  it.each([
    [{ 'VNCServer.1.Prot': 1 }, 'Base.PropertyUnknown'],
    [{ 'VNCServer.1.MaxSessions': 1 }, 'Base.PropertyNotWritable'],
    [{ 'VNCServer.1.Enable': 'On' }, 'Base.PropertyValueNotInList'],
    [{ 'VNCServer.1.Enable': true }, 'Base.PropertyValueTypeError'],
    [{ 'VNCServer.1.Timeout': '300' }, 'Base.PropertyValueTypeError'],
    [{ 'VNCServer.1.Timeout': 59 }, 'Base.PropertyValueOutOfRange'],
    [{ 'VNCServer.1.Password': '123456789' }, 'Base.StringValueTooLong'],
    [{ 'VNCServer.1.Password': 'päss' }, 'Base.PropertyValueFormatError'],
  ])('refuses %o with %s and changes nothing', async (wrong, id) => {
    const before = idrac.attributes.current('VNCServer.1#LowerEncryptionBitLength');
    const reply = await patch(idrac, { 'VNCServer.1.LowerEncryptionBitLength': 'Enabled', ...wrong });
    expect([reply.status, reply.ids]).toEqual([400, [id]]);
    expect(idrac.attributes.current('VNCServer.1#LowerEncryptionBitLength')).toBe(before);
  });

  it('changes attributes at once and tells no password, nor that there is one', async () => {
    const values = { 'VNCServer.1.Password': 'Secret12', 'VNCServer.1.Timeout': 900 };
    expect((await patch(idrac, values)).status).toBe(200);
    expect(idrac.attributes.current('VNCServer.1#Password')).toBe('Secret12');
    const { Attributes: read } = await json(`${manager}/Attributes`);
    expect([read['VNCServer.1.Timeout'], read['VNCServer.1.Password']]).toEqual([900, null]);
  });

  it('keeps those who may only look from changing anything', async () => {
    const as = 'look:look';
    expect(await patch(idrac, { 'VNCServer.1.Timeout': 60 }, { as })).toMatchObject({
      status: 403,
      ids: ['Base.InsufficientPrivilege'],
    });
    expect(
      (await post(`${system}/Actions/ComputerSystem.Reset`, { ResetType: 'ForceOff' }, { as })).status,
    ).toBe(403);
    expect(
      (await post(`${manager}/Actions/Manager.Reset`, { ResetType: 'GracefulRestart' }, { as })).status,
    ).toBe(403);
    expect(idrac.machine.power).toBe('on');
  });

  it('acts on the power of the machine', async () => {
    const reset = (ResetType: string) => post(`${system}/Actions/ComputerSystem.Reset`, { ResetType });
    const state = async () => (await json(system)).PowerState;
    expect(await state()).toBe('On');
    expect(idsOf((await reset('On')).text)).toEqual(['IDRAC.PSU501']);
    expect((await reset('ForceOff')).status).toBe(204);
    expect([await state(), idrac.machine.power]).toEqual(['Off', 'off']);
    expect(idsOf((await reset('ForceRestart')).text)).toEqual(['IDRAC.PSU502']);
    expect((await reset('On')).status).toBe(204);
    expect(idrac.machine.stage).toBe('post');
    expect((await reset('Nmi')).status).toBe(400);
  });

  it.each([
    ['a method that a resource does not have', { method: 'DELETE', path: system }, 405, 'IDRAC.SYS402'],
    ['a path that there is not', { path: `${root}/Chassis` }, 404, 'Base.ResourceMissingAtURI'],
    ['JSON that is none', { method: 'PATCH', path: `${manager}/Attributes`, body: '{' }, 400, 'IDRAC.SYS405'],
    [
      'JSON that is no object',
      { method: 'PATCH', path: `${manager}/Attributes`, body: '[]' },
      400,
      'IDRAC.SYS405',
    ],
    [
      'a body without attributes',
      { method: 'PATCH', path: `${manager}/Attributes`, body: '{}' },
      400,
      'Base.PropertyMissing',
    ],
    [
      'a task that there is not',
      { path: `${root}/TaskService/Tasks/JID_1` },
      404,
      'Base.ResourceMissingAtURI',
    ],
  ])('refuses %s', async (_what, request, status, id) => {
    const reply = await ask(idrac, request);
    expect([reply.status, idsOf(reply.text)[0]]).toEqual([status, id]);
  });

  it('has sessions and attributes at older places in generation 8', async () => {
    await using older = await start('8');
    expect((await json(root, older)).Links.Sessions).toEqual({ '@odata.id': `${root}/Sessions` });
    expect((await logIn('root', 'calvin', older)).status).toBe(401);
    expect((await logIn('root', 'calvin', older, `${root}/Sessions`)).status).toBe(201);
    expect((await json(manager, older)).Links.Oem.Dell).toEqual({});
    const { Attributes: read } = await json(`${manager}/Attributes`, older);
    expect(Object.keys(read).filter((name) => name.startsWith('VNCServer.1.'))).toHaveLength(6);
  });
});
