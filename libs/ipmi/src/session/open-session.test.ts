import { describe, expect, it } from 'vitest';
import { Completion, handler } from '../bmc/handlers.ts';
import { parsePacket } from '../codec/packet.ts';
import { COMPLETION, STATUS } from '../codec/status.ts';
import { getAuthCapabilities } from '../commands/auth-capabilities.ts';
import { pingBmc } from '../operations/ping-bmc.ts';
import type { Quirks } from '../quirks.ts';
import { ADMIN, BMC_ADDRESS, createStage, failure, OPERATOR } from '../testing/stage.ts';
import { openSession } from './open-session.ts';

/** Of a BMC that says nothing of IPMI 2.0. */
const V15_CAPABILITIES = {
  channel: 1,
  v2: false,
  types: 0b10110,
  kgSet: false,
  perMessageDisabled: false,
  userLevelDisabled: false,
  namedUsers: true,
  emptyNames: false,
  anonymous: false,
  ipmi2: false,
  ipmi15: false,
  oem: 0,
  oemData: 0,
};

/** Payload types that went one way, in order; 'v1.5' for what came before. */
function sequenceOf(stage: ReturnType<typeof createStage>, direction: 'toBmc' | 'toConsole') {
  return stage.network.log
    .filter((entry) => entry.direction === direction)
    .map(({ packet }) => (packet[4] === 6 ? parsePacket(packet.subarray(4)).packet.payloadType : 'v1.5'));
}

describe('opening a session', () => {
  it.each([
    [undefined, 17],
    [[3], 3],
    [[16], 16],
    [[2], 2],
    [[3, 17], 3],
  ])('with wanted suites %j takes suite %i', async (suites, chosen) => {
    const stage = createStage({ suites: [2, 3, 16, 17] });
    await using session = await stage.open(suites ? { suites } : {});
    expect(session.info).toMatchObject({
      address: BMC_ADDRESS,
      port: 623,
      suite: chosen,
      privilege: 4,
      attempts: 1,
    });
    expect(stage.bmc.sessions).toMatchObject([
      { suite: chosen, privilege: 4, id: session.info.bmcSessionId },
    ]);
    await stage.until(session.close());
  });

  it('takes the best suite that the BMC lists', async () => {
    const stage = createStage({ suites: [3] });
    const session = await stage.open();
    expect(session.info.suite).toBe(3);
    expect(sequenceOf(stage, 'toBmc')).toEqual(['v1.5', 'v1.5', 0x10, 0x12, 0x14, 0]);
  });

  it('tries one suite after the other at a BMC that lists none', async () => {
    const stage = createStage({ suites: [3], listsSuites: false });
    const session = await stage.open();
    expect(session.info).toMatchObject({ suite: 3, attempts: 2 });
  });

  it.each([
    [true, /offers cipher suites 3/, [3]],
    [false, /does not list its own/, undefined],
  ])('fails with NO_SUITE when there is none in common, listed: %s', async (listsSuites, text, offered) => {
    const stage = createStage({ suites: [3], listsSuites });
    const error = await failure(stage.open({ suites: [17] }));
    expect(error).toMatchObject({ code: 'NO_SUITE', message: expect.stringMatching(text) });
    expect((error.details as { offered?: number[] }).offered).toEqual(offered);
  });

  it.each([
    [
      [8, 12],
      /8 \(HMAC-MD5, HMAC-MD5-128, AES-CBC-128\), 12 \(HMAC-MD5, MD5-128, AES-CBC-128\), none of which .*; wanted: 17, 3/,
    ],
    [[0, 15], /0 \(none, none, none\), 15 \(HMAC-SHA256, none, none\), none of which .*; wanted: 17, 3/],
  ])(
    'says what is the matter with a BMC that offers %j alone, and logs in with none of them',
    async (suites, text) => {
      const stage = createStage({ suites });
      const error = await failure(stage.open());
      expect(error).toMatchObject({ code: 'NO_SUITE', message: expect.stringMatching(text) });
      expect(error.details).toMatchObject({ offered: suites });
      expect(sequenceOf(stage, 'toBmc')).toEqual(['v1.5', 'v1.5']);
    },
  );

  it('logs in with K_g', async () => {
    const stage = createStage({ kg: 'the-key' });
    const session = await stage.open({ kg: 'the-key' });
    await stage.until(session.command(6, 1));
    await stage.until(session.close());
    expect(stage.bmc.sessions).toEqual([]);
  });

  it.each([
    ['the-key', undefined, /this BMC has a K_g: give it/],
    ['the-key', 'another', /the K_g is another/],
    [undefined, 'the-key', /has no K_g/],
  ])('tells a wrong K_g from a wrong password: BMC %s, given %s', async (has, given, text) => {
    const stage = createStage(has ? { kg: has } : {});
    const error = await failure(stage.open(given ? { kg: given } : {}));
    expect(error).toMatchObject({ code: 'WRONG_KG', message: expect.stringMatching(text) });
    expect(error.message).not.toContain('the-key');
  });

  it('asks once only when the password is wrong, and never says it', async () => {
    const stage = createStage();
    const error = await failure(stage.open({ password: 'not-the-word' }));
    expect(error.code).toBe('WRONG_PASSWORD');
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toMatch(
      /not-the-word|secret-word/,
    );
    expect(sequenceOf(stage, 'toBmc')).toEqual(['v1.5', 'v1.5', 0x10, 0x12]);
  });

  it('says that a BMC stored only the first 16 bytes of a longer password, and can live with it', async () => {
    const long = { ...ADMIN, password: 'seventeen-letters' };
    const stage = createStage({ users: [long], quirks: { passwordBytes: 16 } });
    const error = await failure(stage.open({ password: long.password }));
    expect(error).toMatchObject({
      code: 'WRONG_PASSWORD',
      message: expect.stringMatching(/stored only the first 16/),
    });
    const session = await stage.open({ password: long.password, quirks: ['shortpassword'] });
    expect(session.info.quirkNames).toEqual(['shortpassword']);
  });

  it('fails with UNKNOWN_USER for a user that the BMC does not know', async () => {
    const stage = createStage();
    expect(await failure(stage.open({ user: 'nobody' }))).toMatchObject({
      code: 'UNKNOWN_USER',
      details: { status: STATUS.unauthorizedName },
    });
    expect(sequenceOf(stage, 'toBmc').filter((type) => type === 0x12)).toHaveLength(1);
  });

  it('fails with PRIVILEGE_REFUSED beyond what a user may, and opens what he may', async () => {
    const stage = createStage();
    const who = { user: OPERATOR.name, password: OPERATOR.password };
    expect(await failure(stage.open(who))).toMatchObject({ code: 'PRIVILEGE_REFUSED' });
    const session = await stage.open({ ...who, privilege: 'operator' });
    expect(stage.bmc.sessions).toMatchObject([{ privilege: 3 }]);
    await stage.until(session.close());
  });

  it('closes the session again when only raising the privilege is refused', async () => {
    const stage = createStage();
    stage.bmc.faults.completion = (name) => (name === 'Set Session Privilege Level' ? 0x81 : undefined);
    const error = await failure(stage.open());
    expect(error).toMatchObject({ code: 'PRIVILEGE_REFUSED', details: { completionCode: 0x81 } });
    expect(stage.bmc.sessions).toEqual([]);
    expect(stage.clock.armed).toBeLessThanOrEqual(1);
  });

  it('fails with NO_SESSION_LEFT at a BMC whose sessions are all taken', async () => {
    const stage = createStage({ maxSessions: 1 });
    await stage.open();
    expect(await failure(stage.open())).toMatchObject({ code: 'NO_SESSION_LEFT' });
  });

  it('fails with NOT_IPMI2 at a BMC that denies it, unless it is told not to ask', async () => {
    const stage = createStage({ quirks: { skipCapabilities: true } });
    expect(await failure(stage.open())).toMatchObject({ code: 'NOT_IPMI2' });
    const session = await stage.open({ quirks: ['authcap'] });
    expect(session.info.suite).toBe(17);
  });

  it.each([true, false])(
    'fails with NOT_IPMI2 at a BMC that never heard of IPMI 2.0, refusing: %s',
    async (refuses) => {
      const stage = createStage({
        handlers: [
          handler(getAuthCapabilities, 0, ({ v2 }) => {
            if (v2 && refuses) throw new Completion(COMPLETION.invalidField);
            return { ...V15_CAPABILITIES };
          }),
        ],
      });
      // To RMCP+ it says nothing.
      stage.network.filter = (direction, packet) => direction === 'toConsole' || packet[4] === 0;
      expect(await failure(stage.open())).toMatchObject({ code: 'NOT_IPMI2' });
    },
  );

  it('logs in to a BMC that has IPMI 2.0, though it says nothing of it', async () => {
    const stage = createStage({ handlers: [handler(getAuthCapabilities, 0, () => V15_CAPABILITIES)] });
    const session = await stage.open();
    expect(session.info.suite).toBe(17);
  });

  it('is ended by the caller while the name is looked up', async () => {
    const stage = createStage();
    const controller = new AbortController();
    const transport = { ...stage.network.transport, resolve: () => new Promise<never>(() => {}) };
    const opening = failure(
      openSession({ host: 'slow.example', user: 'a', password: 'b', transport, signal: controller.signal }),
    );
    controller.abort();
    expect(await opening).toMatchObject({ code: 'CANCELLED' });
    const asking = new AbortController();
    const ping = failure(pingBmc({ host: 'slow.example', transport, signal: asking.signal }));
    asking.abort();
    expect(await ping).toMatchObject({ code: 'CANCELLED' });
  });

  it('gives up the lookup of a name that does not end', async () => {
    const stage = createStage();
    const transport = { ...stage.network.transport, resolve: () => new Promise<never>(() => {}) };
    const opening = failure(stage.open({ host: 'slow.example', transport }));
    expect(await opening).toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringMatching(/slow\.example/),
    });
  });

  it('repeats the whole sequence when a message of it is lost, each message in turn', async () => {
    for (const lost of [0x10, 0x11, 0x12, 0x13, 0x14, 0x15]) {
      const stage = createStage();
      let once = true;
      stage.network.filter = (_direction, packet) => {
        const hit = once && packet[4] === 6 && (packet[5]! & 0x3f) === lost;
        if (hit) once = false;
        return !hit;
      };
      const session = await stage.open();
      expect(session.info.attempts, `payload type ${lost}`).toBe(2);
      await stage.until(session.command(6, 1));
    }
  });

  it('gives up after four attempts that stayed unanswered', async () => {
    const stage = createStage();
    stage.network.filter = (direction) => direction === 'toBmc';
    const from = stage.clock.now();
    const error = await failure(stage.open());
    expect(error).toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/nothing answered .* in 4 attempts/),
    });
    expect(stage.clock.now() - from).toBeGreaterThan(0.9 * (1_000 + 2_000 + 3_000 + 4_000));
  });

  it('says at once that nothing listens there', async () => {
    const stage = createStage();
    const error = await failure(stage.open({ host: '192.0.2.99' }));
    expect(error).toMatchObject({ code: 'REFUSED' });
  });

  it('is ended by the caller at any moment', async () => {
    for (const at of [0x10, 0x12, 0x14, 0x00]) {
      const stage = createStage();
      const controller = new AbortController();
      stage.network.filter = (direction, packet) => {
        const mine = direction === 'toBmc' && packet[4] === 6 && (packet[5]! & 0x3f) === at;
        if (mine) controller.abort(new Error('changed my mind'));
        return true;
      };
      const error = await failure(stage.open({ signal: controller.signal }));
      expect(error, `at payload type ${at}`).toMatchObject({ code: 'CANCELLED' });
    }
  });

  it.each([
    [{ port: 0 }, /port 0/],
    [{ password: 'x'.repeat(21) }, /password has 21 bytes/],
    [{ user: 'y'.repeat(17) }, /user name has 17 bytes/],
    [{ kg: 'z'.repeat(21) }, /K_g has 21 bytes/],
    [{ suites: [0] }, /cipher suite 0/],
    [{ suites: [] }, /no cipher suite/],
    [{ quirks: ['nonsense' as never] }, /no quirk named nonsense/],
    [{ host: '' }, /host is empty/],
  ])('refuses the impossible option %j', async (options, text) => {
    const stage = createStage();
    const error = await failure(stage.open(options));
    expect(error).toMatchObject({ code: 'BAD_OPTION', message: expect.stringMatching(text) });
    expect(error.message).not.toMatch(/xxx|zzz/);
  });

  it('refuses a BMC that answers with other algorithms than were asked for', async () => {
    const stage = createStage();
    const host = stage.bmc.receive;
    stage.network.attach(BMC_ADDRESS, 623, (packet, from, reply) =>
      host(packet, from, (answer) => {
        // The confidentiality algorithm of the Open Session Response becomes "none".
        if (answer[4] === 6 && answer[5] === 0x11) answer[answer.length - 4] = 0;
        reply(answer);
      }),
    );
    expect(await failure(stage.open())).toMatchObject({ code: 'PROTOCOL' });
  });
});

describe('quirks', () => {
  const cured: [string, Partial<Quirks>, Parameters<ReturnType<typeof createStage>['open']>[0]][] = [
    ['the role without its lookup bit in hashes', { hmacRole: 'withoutLookup' }, {}],
    ['the role without its lookup bit in RAKP 3', { rakp3Role: 'withoutLookup' }, { quirks: ['intelplus'] }],
    ['no login without a privilege', { openPrivilege: 'wanted' }, { quirks: ['opensesspriv'] }],
    ['user names padded to 16 bytes', { user: 'padded' }, { quirks: ['i82571spt'] }],
    [
      'user names counted as 16 bytes',
      { user: 'counted', rakp3Role: 'withoutLookup' },
      { quirks: ['intel20'] },
    ],
    ['an integrity pad of its own', { integrityPad: 'withoutTrailer' }, { quirks: ['icts'] }],
    ['wrong checksums', { ignoreChecksums: true }, { quirks: ['nochecksumcheck'] }],
  ];

  it.each(cured)('that are known by name cure a BMC with %s', async (_what, quirks, options) => {
    const stage = createStage({ quirks });
    const session = await stage.open(options);
    expect(session.info.attempts).toBe(1);
    if (!session.info.quirks.skipPrivilege) await stage.until(session.command(6, 1));
  });

  it.each(cured.slice(0, 6))('are found out by auto at a BMC with %s', async (_what, quirks) => {
    const stage = createStage({ quirks });
    const session = await stage.open();
    await stage.until(session.command(6, 1));
    // Only what changes hashes is found without another attempt.
    expect(session.info.attempts > 1).toBe(!('hmacRole' in quirks));
  });

  it.each(cured.slice(1, 6))('are not looked for without auto at a BMC with %s', async (_what, quirks) => {
    const stage = createStage({ quirks });
    const error = await failure(stage.open({ quirks: [] }));
    expect(['PRIVILEGE_REFUSED', 'UNKNOWN_USER', 'PROTOCOL', 'TIMEOUT']).toContain(error.code);
  });
});
