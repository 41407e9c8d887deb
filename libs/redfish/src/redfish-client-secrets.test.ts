import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createRedfishClient, type RedfishErrorCode } from './index.ts';
import { credentials, extended, startFakeService } from './testing/fake-service.ts';
import { asError, isLogin, SYSTEM } from './testing/requests.ts';

describe('a Redfish client and secrets', () => {
  it('never shows a password, whatever the service repeats', async () => {
    const secret = 'Hunter22';
    const echo = `The value ${secret} of root:${credentials.password} is no good.`;
    const body = extended(`X.1.0.${secret}`, echo, {
      MessageArgs: [secret],
      Resolution: echo,
      RelatedProperties: [secret],
    });
    for (const status of [200, 202, 400, 401, 403, 404, 500, 503]) {
      await using service = await startFakeService((seen) =>
        isLogin(seen) || seen.path === SYSTEM ? { status, body } : undefined,
      );
      const login = createRedfishClient(service.http, credentials);
      const failed: unknown = await login.get('/x').catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(Error);
      expect(inspect([failed, login], { depth: Infinity, showHidden: true })).not.toContain(
        credentials.password,
      );
    }
    for (const status of [200, 400, 403, 500]) {
      await using service = await startFakeService(({ path }) =>
        path === SYSTEM ? { status, body } : undefined,
      );
      await using client = createRedfishClient(service.http, credentials);
      const wanted = { Attributes: { 'VNCServer.1.Password': secret } };
      const result = await client.patch(SYSTEM, wanted).then(({ messages }) => messages, asError);
      const shown = inspect(result, { depth: Infinity, showHidden: true });
      expect(shown).toContain('***');
      expect(shown).not.toContain(secret);
      expect(shown).not.toContain(credentials.password);
    }
  });

  it('leaves words alone that hold a secret of fewer than four characters by chance', async () => {
    const body = extended('IDRAC.2.8.LC068', 'Lockdown mode is on.');
    await using service = await startFakeService(({ path }) =>
      path === SYSTEM ? { status: 409, body } : undefined,
    );
    await using client = createRedfishClient(service.http, credentials);
    const wanted = { Password: 'o', OtherPassword: 'mod', ThirdPassword: 'down', LastPassword: 'down mode' };
    const error = await client.patch(SYSTEM, wanted).catch(asError);
    expect(error).toMatchObject({
      details: { messageIds: ['IDRAC.2.8.LC068'], messages: ['Lock*** is on.'] },
    });
  });

  it('judges what a service said as it was said, also where a password is a part of it', async () => {
    const told: [string, number, RedfishErrorCode][] = [
      ['IDRAC.2.8.SYS518', 500, 'BUSY'],
      ['Base.1.8.SessionLimitExceeded', 400, 'SESSIONS_FULL'],
      ['iLO.2.14.UnauthorizedLoginAttempt', 400, 'UNAUTHORIZED'],
    ];
    for (const [id, status, code] of told) {
      const password = id.split('.').at(-1) as string;
      await using service = await startFakeService((seen) =>
        isLogin(seen) ? { status, body: extended(id, '') } : undefined,
      );
      await using client = createRedfishClient(service.http, { username: 'root', password });
      const error = await client.get(SYSTEM).catch(asError);
      expect(error).toMatchObject({ code });
      expect(inspect(error)).not.toContain(password);
    }
  });
});
