import { ConsolePhase } from '@consolemesh/contracts/driver';
import { MeshError, type Reason } from '@consolemesh/errors';
import { describe, expect, it } from 'vitest';
import { aboutLogin } from '../about-login.ts';
import type { Driver } from '../driver.ts';
import { collect, sends, startTestDriver } from '../testing/start-test-driver.ts';

const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'OK',
    (error: { reason?: Reason }) => error.reason,
  );
const text = { type: 'string', description: 'A text.' } as const;
const options: Driver['options'] = {
  driver_info: { type: 'object', properties: { delay: text } },
  driver_secrets: { type: 'object', properties: { web: text, vnc: text } },
};

describe('a driver that says what its logins are', () => {
  /** One whose BMC takes the password `right`, and its console server too; counts who was refused. */
  async function world(over: Partial<Driver> = {}) {
    const refused = { web: 0, vnc: 0 };
    const login = (which: 'web' | 'vnc', password: unknown) => {
      if (password === 'right') return;
      refused[which] += 1;
      throw aboutLogin(new MeshError('BMC_AUTHENTICATION_FAILED'), `driver_secrets.${which}`);
    };
    const test = await startTestDriver({
      options,
      fields: { BMC_AUTHENTICATION_FAILED: 'driver_secrets.web' },
      credentialsOf: ({ secrets }, purpose) => ({
        ...(purpose !== 'stream' && { 'driver_secrets.web': secrets.web }),
        ...(purpose !== 'machine' && { 'driver_secrets.vnc': secrets.vnc }),
      }),
      async validate({ secrets }) {
        login('web', secrets.web);
        return [];
      },
      async start({ node: { secrets } }) {
        login('web', secrets.web);
        login('vnc', secrets.vnc);
        return { kind: 'relay', why: 'a test' };
      },
      stop: async ({ node }) => login('web', node.secrets.web),
      ...over,
    });
    const node = (web: string, vnc: string, delay = '1') => ({
      nodeId: 'n',
      nodeName: 'n',
      driverInfo: { delay },
      driverSecrets: { web, vnc },
    });
    return {
      refused,
      test,
      node,
      async validate(...words: Parameters<typeof node>) {
        const request = { node: node(...words), checkReachability: true };
        return (await test.driver.validateNode(request)).violations.map(({ field }) => field);
      },
      request(...words: Parameters<typeof node>) {
        const request = test.request();
        return { ...request, context: { ...request.context!, node: node(...words) } };
      },
      [Symbol.asyncDispose]: () => test[Symbol.asyncDispose](),
    };
  }

  it('has each of them tried until it is refused, whatever else changes', async () => {
    await using w = await world();
    for (const delay of ['1', '2', '3'])
      expect(await w.validate('wrong', 'right', delay)).toEqual(['driver_secrets.web']);
    expect(w.refused).toEqual({ web: 1, vnc: 0 });
    expect(await w.validate('right', 'right')).toEqual([]);
  });

  it('is validated with the one while the other is refused, which is said without asking', async () => {
    await using w = await world();
    for (let i = 0; i < 2; i += 1)
      expect(await reasonOf(w.test.driver.startConsole(w.request('right', 'wrong')))).toBe(
        'BMC_AUTHENTICATION_FAILED',
      );
    expect(await w.validate('right', 'wrong')).toEqual(['driver_secrets.vnc']);
    expect(await w.validate('wrong', 'wrong')).toEqual(['driver_secrets.web', 'driver_secrets.vnc']);
    expect(w.refused).toEqual({ web: 1, vnc: 1 });
  });

  it('ends a console whose other login is refused', async () => {
    await using w = await world();
    const request = w.request('right', 'wrong');
    expect(await reasonOf(w.test.driver.startConsole(request))).toBe('BMC_AUTHENTICATION_FAILED');
    expect(await reasonOf(w.test.driver.stopConsole({ context: request.context }))).toBe('OK');
  });

  it('is not blamed for a password that was made for one start: it is tried once, and again after the next', async () => {
    let opened = 0;
    let works = true;
    await using w = await world({
      credentialsOf: ({ secrets }, purpose): Record<string, unknown> =>
        purpose === 'stream' ? {} : { 'driver_secrets.web': secrets.web },
      check: async () => {
        if (!works) throw new MeshError('BMC_ERROR');
      },
      openStream: async () => {
        opened += 1;
        throw new MeshError('BMC_AUTHENTICATION_FAILED');
      },
    });
    const request = w.request('right', 'right');
    const attach = () => reasonOf(collect(w.test.attach(sends())));
    await w.test.driver.startConsole(request);
    for (let i = 0; i < 3; i += 1) expect(await attach()).toBe('BMC_AUTHENTICATION_FAILED');
    expect(opened).toBe(1);
    const { console } = await w.test.driver.getConsole({ context: request.context });
    expect(console?.phase).toBe(ConsolePhase.READY);
    works = false;
    await w.test.driver.startConsole(request);
    await attach();
    expect(opened).toBe(2);
  });
});
