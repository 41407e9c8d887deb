import { connect as connectTls } from 'node:tls';
import { connectToServer, ENCODING, PIXEL_FORMAT } from '@consolemesh/rfb';
import { describe, expect, it } from 'vitest';
import { createCellPainter } from '../../screen/paint-cells.ts';
import { manualClock } from '../../testing.ts';
import {
  dial,
  enabled,
  failure,
  hungUp,
  lookThrough,
  password,
  press,
  start,
  until,
  view,
} from './testing.ts';

const { CopyRect, Hextile, Raw, RRE, Tight, TightPng, DesktopSize, Cursor } = ENCODING;

/** The machine's picture as it is now. */
function pictureOf({ machine }: Awaited<ReturnType<typeof start>>): Uint32Array {
  const { pixels, paint } = createCellPainter(machine.screen);
  paint(true, machine.pointer);
  return pixels;
}

describe('the VNC server of an iDRAC', () => {
  it('calls itself OpenVNC and shows 1024x768 with 5 bits a colour', async () => {
    const clock = manualClock();
    await using vnc = await start({ clock });
    const viewer = await view(vnc);
    expect(viewer).toMatchObject({ version: '3.8', serverSecurityTypes: ['VNC'] });
    expect(viewer.serverInit).toEqual({
      width: 1024,
      height: 768,
      name: 'OpenVNC',
      pixelFormat: PIXEL_FORMAT.rgb555,
    });
    const shown = await lookThrough(viewer).screen();
    const expected = pictureOf(vnc);
    expect(new Set(shown).size).toBeGreaterThan(2);
    // A five-bit colour is the nearest one, so two pictures are compared by what both of them keep.
    const far = shown.findIndex((pixel, at) =>
      [16, 8, 0].some((shift) => Math.abs(((pixel >> shift) & 255) - ((expected[at]! >> shift) & 255)) > 4),
    );
    expect(far).toBe(-1);
  });

  it('types what a viewer types', async () => {
    const clock = manualClock();
    await using vnc = await start({ clock });
    const { stream } = await view(vnc);
    press(stream, 0x68, 0x69);
    await until(() => /login: hi\s*$/.test(vnc.machine.screen.text()));
    stream.destroy();
  });

  it.each([
    ['CopyRect', [CopyRect, Raw]],
    ['Tight', [Tight, Hextile, Raw]],
    ['TightPNG', [TightPng, Raw]],
  ])('sends no picture when %s comes first', async (_name, encodings) => {
    await using vnc = await start();
    const viewer = await view(vnc);
    const eye = lookThrough(viewer, { encodings });
    eye.ask();
    await until(() => vnc.starvedRequests === 1);
    expect(eye.updates).toBe(0);
    expect(vnc.sessions).toBe(1);
    viewer.stream.destroy();
  });

  it.each([
    ['Raw, then CopyRect', [Raw, CopyRect]],
    ['Hextile and the like', [Hextile, RRE, Raw, DesktopSize, Cursor, Tight]],
  ])('sends one for %s', async (_name, encodings) => {
    await using vnc = await start();
    const viewer = await view(vnc);
    await lookThrough(viewer, { encodings }).screen();
    expect(vnc.starvedRequests).toBe(0);
    viewer.stream.destroy();
  });

  it('of generation 9 shows 32 bits and bears every list', async () => {
    await using vnc = await start({ generation: '9' });
    const viewer = await view(vnc);
    expect(viewer.serverInit.pixelFormat).toEqual(PIXEL_FORMAT.rgb888);
    await lookThrough(viewer, { encodings: [CopyRect, Tight, Raw] }).screen();
    viewer.stream.destroy();
  });

  it('turns to 32 bits for a viewer that asks', async () => {
    const clock = manualClock();
    await using vnc = await start({ clock });
    const viewer = await view(vnc);
    const shown = await lookThrough(viewer, { format: PIXEL_FORMAT.bgr888 }).screen();
    expect(Buffer.from(shown.buffer).equals(Buffer.from(pictureOf(vnc).buffer))).toBe(true);
    viewer.stream.destroy();
  });

  it('has no place for one viewer more', async () => {
    const counts: number[] = [];
    await using vnc = await start({ onSessions: (sessions) => counts.push(sessions) });
    const first = await view(vnc);
    const error = await failure(view(vnc));
    expect(error).toMatchObject({
      code: 'REFUSED_BY_SERVER',
      message: expect.stringContaining('Maximum number of sessions (1) reached'),
    });
    first.stream.destroy();
    await until(() => vnc.sessions === 0);
    (await view(vnc)).stream.destroy();
    await until(() => counts.length === 4);
    expect(counts).toEqual([1, 0, 1, 0]);
  });

  it('asks for a password in any case, and admits nobody while none is set', async () => {
    await using vnc = await start({ settings: { password: '' } });
    for (const tried of ['', 'anything'])
      expect(await failure(view(vnc, { password: tried }))).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
  });

  it('looks at eight characters of a password', async () => {
    await using vnc = await start();
    (await view(vnc, { password: `${password}-and-more` })).stream.destroy();
    await until(() => vnc.sessions === 0);
    expect(await failure(view(vnc, { password: password.slice(0, 7) }))).toMatchObject({
      code: 'AUTHENTICATION_FAILED',
    });
  });

  it('throws out a viewer that does nothing for its timeout, and none that types', async () => {
    const clock = manualClock();
    await using vnc = await start({ clock, settings: { maxSessions: 2, timeoutSeconds: 60 } });
    const idle = await view(vnc);
    const busy = await view(vnc);
    await until(() => vnc.sessions === 2);
    clock.advance(59_000);
    press(busy.stream, 0x78);
    await until(() => /login: x/.test(vnc.machine.screen.text()));
    const gone = hungUp(idle.stream);
    clock.advance(2_000);
    await gone;
    await until(() => vnc.sessions === 1);
    const alsoGone = hungUp(busy.stream);
    clock.advance(60_000);
    await alsoGone;
  });

  it('lets go of the keys of a viewer that leaves', async () => {
    const clock = manualClock();
    await using vnc = await start({ clock });
    const first = await view(vnc);
    // Control and Alt held, and then no more word.
    for (const keysym of [0xffe3, 0xffe9]) {
      const message = Buffer.from([4, 1, 0, 0, 0, 0, keysym >> 8, keysym & 255]);
      first.stream.write(message);
    }
    press(first.stream, 0x61);
    first.stream.end();
    await until(() => vnc.sessions === 0);
    const second = await view(vnc);
    press(second.stream, 0xffff, 0x62);
    await until(() => /login: .*b/.test(vnc.machine.screen.text()));
    expect(vnc.machine.stage).toBe('console');
    second.stream.destroy();
  });
});

describe('its attributes', () => {
  it('disabled, end every viewer and the port; enabled again, it is the same port', async () => {
    await using vnc = await start();
    const port = vnc.port;
    const viewer = await view(vnc);
    const gone = hungUp(viewer.stream);
    await vnc.apply({ ...enabled, enabled: false });
    await gone;
    expect(vnc.port).toBeUndefined();
    expect(await failure(view({ port }))).toBeInstanceOf(Error);
    await vnc.apply(enabled);
    expect(vnc.port).toBe(port);
    (await view(vnc)).stream.destroy();
  });

  it('with another port, move it', async () => {
    await using elsewhere = await start();
    const free = elsewhere.port!;
    await using vnc = await start();
    const before = vnc.port;
    await expect(vnc.apply({ ...enabled, port: free })).rejects.toThrow(/EADDRINUSE/);
    expect(vnc.port).toBeUndefined();
    await elsewhere.apply({ ...enabled, enabled: false });
    await vnc.apply({ ...enabled, port: free });
    expect(vnc.port).toBe(free);
    expect(await failure(view({ port: before }))).toBeInstanceOf(Error);
    (await view(vnc)).stream.destroy();
  });

  it('with another password, ask new viewers for it and leave who is there', async () => {
    await using vnc = await start({ settings: { maxSessions: 2 } });
    const viewer = await view(vnc);
    await vnc.apply({ ...enabled, maxSessions: 2, port: vnc.port!, password: 'other' });
    expect(await failure(view(vnc))).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
    (await view(vnc, { password: 'other' })).stream.destroy();
    await lookThrough(viewer).screen();
    viewer.stream.destroy();
  });

  it('with TLS, speak it from the first byte', async () => {
    await using vnc = await start();
    await vnc.apply({ ...enabled, tls: true });
    const viewer = await view(vnc, { tls: { mode: 'from-first-byte', verify: 'none' } });
    expect(viewer.security).toEqual({ name: 'VNC', encrypted: true });
    await lookThrough(viewer).screen();
    viewer.stream.destroy();
    expect(await failure(view(vnc, { deadlineMs: 100 }))).toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('may expect TLS'),
    });
  });

  it('applied together, are done one after another', async () => {
    await using vnc = await start();
    await Promise.all([
      vnc.apply({ ...enabled, enabled: false }),
      vnc.apply(enabled),
      vnc.apply({ ...enabled, enabled: false }),
      vnc.apply({ ...enabled, password: 'last' }),
    ]);
    (await view(vnc, { password: 'last' })).stream.destroy();
  });

  it('end with it while viewers are in every phase', async () => {
    const vnc = await start({ settings: { maxSessions: 3, tls: true } });
    const silent = hungUp(dial(vnc));
    const { port } = vnc;
    const authenticating = connectTls({ host: '127.0.0.1', port: port!, rejectUnauthorized: false });
    const asked = hungUp(authenticating);
    const viewer = await view(vnc, { tls: { mode: 'from-first-byte', verify: 'none' } });
    const viewing = hungUp(viewer.stream);
    await vnc[Symbol.asyncDispose]();
    await Promise.all([silent, asked, viewing]);
    expect(vnc.sessions).toBe(0);
  });
});

describe('misbehaviour on request', () => {
  it('no-32-bit: hangs up on a viewer that asks for 32 bits', async () => {
    await using vnc = await start({ words: ['no-32-bit'] });
    const viewer = await view(vnc);
    const gone = hungUp(viewer.stream);
    lookThrough(viewer, { format: PIXEL_FORMAT.bgr888 });
    await gone;
    await until(() => vnc.sessions === 0);
    const careful = await view(vnc);
    await lookThrough(careful, { format: PIXEL_FORMAT.rgb565 }).screen();
    careful.stream.destroy();
  });

  it('no-32-bit=garble: goes on with 16', async () => {
    await using vnc = await start({ words: ['no-32-bit=garble'] });
    const viewer = await view(vnc);
    const eye = lookThrough(viewer, { encodings: [Raw], format: PIXEL_FORMAT.bgr888 });
    let bytes = 0;
    viewer.stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    eye.ask();
    await until(() => bytes === 16 + 1024 * 768 * 2);
    expect(eye.updates).toBe(0);
    viewer.stream.destroy();
  });

  it.each([
    ['QEMU keys', [Hextile, Raw, ENCODING.QemuExtendedKey], 1],
    ['CopyRect at the end', [Raw, CopyRect], 1],
    ['only what is known', [Hextile, RRE, Raw, DesktopSize, Cursor], 0],
  ])('strict-encodings: looks at the whole list (%s)', async (_name, encodings, starved) => {
    await using vnc = await start({ words: ['strict-encodings'] });
    const viewer = await view(vnc);
    const eye = lookThrough(viewer, { encodings });
    eye.ask();
    await until(() => vnc.starvedRequests + eye.updates === 1);
    expect(vnc.starvedRequests).toBe(starved);
    viewer.stream.destroy();
  });

  it.each([
    ['any', [Raw]],
    ['qemu', [Raw, ENCODING.QemuExtendedKey]],
  ])('hang-up-on-key=%s: hangs up at the first key', async (who, encodings) => {
    await using vnc = await start({ words: [`hang-up-on-key=${who}`] });
    const viewer = await view(vnc);
    await lookThrough(viewer, { encodings }).screen();
    const gone = hungUp(viewer.stream);
    press(viewer.stream, 0x61);
    await gone;
  });

  it('hang-up-on-key=qemu: bears keys of a viewer that never offered the extension', async () => {
    const clock = manualClock();
    await using vnc = await start({ clock, words: ['hang-up-on-key=qemu'] });
    const viewer = await view(vnc);
    await lookThrough(viewer).screen();
    press(viewer.stream, 0x61);
    await until(() => /login: a/.test(vnc.machine.screen.text()));
    viewer.stream.destroy();
  });

  it('silent-when-full: says nothing to one viewer more', async () => {
    await using vnc = await start({ words: ['silent-when-full'] });
    const first = await view(vnc);
    expect(await failure(view(vnc, { deadlineMs: 60 }))).toMatchObject({ code: 'TIMEOUT' });
    first.stream.destroy();
  });

  it.each([false, true])('wedge: says nothing until it is disabled and enabled (TLS %s)', async (tls) => {
    await using vnc = await start({ settings: { tls }, words: ['wedge'] });
    const trust = { tls: { mode: tls ? 'from-first-byte' : 'none', verify: 'none' } } as const;
    expect(await failure(view(vnc, { ...trust, deadlineMs: 60 }))).toMatchObject({ code: 'TIMEOUT' });
    await vnc.apply({ ...enabled, tls, password: 'other' });
    expect(await failure(view(vnc, { ...trust, deadlineMs: 60 }))).toMatchObject({ code: 'TIMEOUT' });
    await vnc.apply({ ...enabled, tls, enabled: false });
    await vnc.apply({ ...enabled, tls });
    (await view(vnc, trust)).stream.destroy();
  });

  it('wedge: is there too when it is enabled for the first time', async () => {
    await using vnc = await start({ settings: { enabled: false }, words: ['wedge'] });
    await vnc.apply(enabled);
    expect(await failure(view(vnc, { deadlineMs: 60 }))).toMatchObject({ code: 'TIMEOUT' });
  });

  it('wedge=2: wedges each time after two sessions', async () => {
    await using vnc = await start({ words: ['wedge=2'] });
    for (let round = 0; round < 2; round++) {
      for (let session = 0; session < 2; session++) {
        (await view(vnc)).stream.destroy();
        await until(() => vnc.sessions === 0);
      }
      expect(await failure(view(vnc, { deadlineMs: 60 }))).toMatchObject({ code: 'TIMEOUT' });
      await vnc.apply({ ...enabled, enabled: false });
      await vnc.apply(enabled);
    }
  });

  it('on command: wedges, and hangs up on everybody', async () => {
    await using vnc = await start();
    const viewer = await view(vnc);
    const gone = hungUp(viewer.stream);
    vnc.dropViewers();
    await gone;
    vnc.wedge();
    expect(await failure(view(vnc, { deadlineMs: 60 }))).toMatchObject({ code: 'TIMEOUT' });
  });

  it('late: listens so long after it was enabled', async () => {
    const clock = manualClock();
    await using vnc = await start({ clock, settings: { enabled: false }, words: ['late=4000'] });
    await vnc.apply(enabled);
    clock.advance(3_999);
    expect(vnc.port).toBeUndefined();
    clock.advance(1);
    await until(() => vnc.port !== undefined);
    (await view(vnc)).stream.destroy();
  });

  it('late: forgets it when it is disabled meanwhile', async () => {
    const clock = manualClock();
    await using vnc = await start({ clock, settings: { enabled: false }, words: ['late=4000'] });
    await vnc.apply(enabled);
    await vnc.apply({ ...enabled, enabled: false });
    clock.advance(10_000);
    await vnc.apply({ ...enabled, enabled: false });
    expect(vnc.port).toBeUndefined();
  });

  it('never-up: never listens', async () => {
    await using vnc = await start({ words: ['never-up'] });
    await vnc.apply({ ...enabled, enabled: false });
    await vnc.apply(enabled);
    expect(vnc.port).toBeUndefined();
  });

  it('lockout: refuses everybody for a while after too many wrong passwords', async () => {
    const clock = manualClock();
    await using vnc = await start({ clock, words: ['lockout=2/600'] });
    for (let i = 0; i < 2; i++) {
      expect(await failure(view(vnc, { password: 'wrong' }))).toMatchObject({
        code: 'AUTHENTICATION_FAILED',
      });
    }
    expect(await failure(view(vnc))).toMatchObject({
      code: 'TOO_MANY_ATTEMPTS',
      message: expect.stringContaining('Too many authentication failures'),
    });
    clock.advance(600_000);
    (await view(vnc)).stream.destroy();
    await until(() => vnc.sessions === 0);
    expect(await failure(view(vnc, { password: 'wrong' }))).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
    (await view(vnc)).stream.destroy();
  });

  it('old-tls: speaks nothing newer than TLS 1.1', async () => {
    await using vnc = await start({ settings: { tls: true }, words: ['old-tls'] });
    const tls = { mode: 'from-first-byte', verify: 'none' } as const;
    expect(await failure(view(vnc, { tls }))).toMatchObject({ code: 'TLS_FAILED' });
    const viewer = await view(vnc, { tls: { ...tls, minVersion: 'TLSv1' } });
    expect((viewer.stream as unknown as { getProtocol(): string }).getProtocol()).toBe('TLSv1.1');
    await lookThrough(viewer).screen();
    viewer.stream.destroy();
  });

  it('lower encryption: accepts TLS 1.0 beside newer ones, which it does not otherwise', async () => {
    await using vnc = await start({ settings: { tls: true } });
    const old = () =>
      connectToServer(
        connectTls({
          host: '127.0.0.1',
          port: vnc.port!,
          rejectUnauthorized: false,
          minVersion: 'TLSv1',
          maxVersion: 'TLSv1',
          ciphers: 'DEFAULT:@SECLEVEL=0',
        }).on('error', () => {}),
        { password, deadlineMs: 5000 },
      );
    expect(await failure(old())).toBeInstanceOf(Error);
    await vnc.apply({ ...enabled, tls: true, lowerEncryption: true });
    (await old()).stream.destroy();
  });

  it('garbage-banner, no-banner, hang-after-auth, wrong-password and die-after: as any other server', async () => {
    const codes: Record<string, string> = {
      'garbage-banner': 'NOT_RFB',
      'no-banner': 'TIMEOUT',
      'hang-after-auth': 'TIMEOUT',
      'wrong-password': 'AUTHENTICATION_FAILED',
      'die-after=20': 'UNEXPECTED_END',
    };
    for (const [word, code] of Object.entries(codes)) {
      await using vnc = await start({ words: [word] });
      // Only what never ends is cut short.
      const deadlineMs = code === 'TIMEOUT' ? 300 : 5000;
      expect([word, (await failure(view(vnc, { deadlineMs }))).code]).toEqual([word, code]);
    }
  });

  it('die-after: hangs up in the middle of a picture', async () => {
    await using vnc = await start({ words: ['die-after=100000'] });
    const viewer = await view(vnc);
    await expect(lookThrough(viewer, { encodings: [Raw] }).screen()).rejects.toThrow(/no picture/);
  });
});
