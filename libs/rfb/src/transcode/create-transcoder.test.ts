import { byteWriter } from '@consolemesh/bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENCODING } from '../encodings.ts';
import { PIXEL_FORMAT, type PixelFormat } from '../pixel-format.ts';
import { encodeArea } from '../screen/encode-area.ts';
import { pixelCodec } from '../screen/pixel-codec.ts';
import { encodeRectHeader, encodeUpdateHeader } from '../screen/rect-header.ts';
import { createScreen, fillRect, type Rect, type Screen } from '../screen/screen.ts';
import { anyFormat } from '../testing.ts';
import { createTranscoder, type TranscoderOptions } from './create-transcoder.ts';

const { Raw, CopyRect, RRE, Hextile, LastRect, DesktopSize, Cursor, Tight, DesktopName } = ENCODING;
const W = 40;
const H = 37;
const whole: Rect = { x: 0, y: 0, width: W, height: H };
const rgb = PIXEL_FORMAT.rgb888;

/** A picture with flat areas, two-colour areas and noise, exact in every format with ≥ 5 bits a channel. */
const anyPicture = fc
  .array(fc.record({ x: fc.nat(W - 1), y: fc.nat(H - 1), w: fc.nat(20), h: fc.nat(20), colour: fc.nat(7) }), {
    maxLength: 25,
  })
  .map((parts) => {
    const screen = createScreen(W, H);
    const palette = [0, 0xffffff, 0xff0000, 0x00ff00, 0x0000ff, 0xffff00, 0xff00ff, 0x00ffff];
    for (const { x, y, w, h, colour } of parts) {
      fillRect(screen, { x, y, width: Math.min(w, W - x), height: Math.min(h, H - y) }, palette[colour]!);
    }
    return screen;
  });
const anyNoise = fc.uint8Array({ minLength: W * H, maxLength: W * H }).map((noise) => {
  const screen = createScreen(W, H);
  screen.pixels.set([...noise].map((v) => (v & 1 ? 0xffffff : 0) & (v & 2 ? 0xff00ff : 0xffff00)));
  return screen;
});

const update = (...rects: Buffer[][]) => Buffer.concat([encodeUpdateHeader(rects.length), ...rects.flat()]);
const make = (options: Partial<TranscoderOptions> = {}) =>
  createTranscoder({ width: W, height: H, source: rgb, viewer: rgb, ...options });
const pushAll = (t: ReturnType<typeof make>, bytes: Buffer, n = bytes.length) => {
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += n) {
    for (const piece of t.push(bytes.subarray(at, at + n))) out.push(Buffer.from(piece));
  }
  return Buffer.concat(out);
};

/** What a viewer would see: the output of one transcoder shown to a second one. */
function viewed(bytes: Buffer, format: PixelFormat, encodings: number[] = []): Screen {
  const eye = createTranscoder({ width: W, height: H, source: format, viewer: format });
  eye.setViewerEncodings(encodings);
  pushAll(eye, bytes);
  return eye.screen;
}

describe('createTranscoder', () => {
  it('shows the same picture through any two formats and encodings, however the bytes were cut', () => {
    fc.assert(
      fc.property(
        fc.oneof(anyPicture, anyNoise),
        anyFormat,
        anyFormat,
        fc.constantFrom([Raw], [Hextile]),
        fc.constantFrom([Raw], [Hextile]),
        fc.constantFrom(1, 7, 5000, 1_000_000),
        (picture, source, viewer, from, to, n) => {
          const t = make({ source, viewer });
          t.setViewerEncodings(to);
          const out = pushAll(t, update(encodeArea(picture, whole, pixelCodec(source), new Set(from))), n);
          expect(t.screen.pixels).toEqual(picture.pixels);
          expect(viewed(out, viewer).pixels).toEqual(picture.pixels);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('encodes flat and lettered areas as Hextile far below Raw', () => {
    const screen = createScreen(640, 400);
    for (let i = 0; i < 80; i++)
      fillRect(screen, { x: i * 8, y: (i % 25) * 16 + 3, width: 5, height: 9 }, 0xaaaaaa);
    const area = { x: 0, y: 0, width: 640, height: 400 };
    const [, payload] = encodeArea(screen, area, pixelCodec(rgb), new Set([Hextile]));
    expect(payload!.length).toBeLessThan(3_000);
  });

  it('names the background again after a raw tile, which makes a viewer forget it', () => {
    const screen = createScreen(48, 16);
    fillRect(screen, { x: 0, y: 0, width: 48, height: 16 }, 0x112233);
    for (let i = 16; i < 32 * 16; i++) if (i % 48 >= 16 && i % 48 < 32) screen.pixels[i] = i * 0x1357;
    const [, payload] = encodeArea(
      screen,
      { x: 0, y: 0, width: 48, height: 16 },
      pixelCodec(rgb),
      new Set([Hextile]),
    );
    const background = Buffer.from('33221100', 'hex');
    expect(payload!.subarray(0, 5)).toEqual(Buffer.from([2, ...background]));
    expect(payload![5]).toBe(1);
    expect(payload!.subarray(6 + 16 * 16 * 4)).toEqual(Buffer.from([2, ...background]));
  });

  it('does not keep the memory of the chunks it was given', () => {
    const t = make();
    const message = update([
      encodeRectHeader({ x: 0, y: 0, width: 2, height: 1 }, Raw),
      Buffer.from('3322110066554400', 'hex'),
    ]);
    const reused = Buffer.alloc(5);
    for (let at = 0; at < message.length; at += 5) {
      const n = message.copy(reused, 0, at);
      for (const _ of t.push(reused.subarray(0, n)));
      reused.fill(0xee);
    }
    expect([...t.screen.pixels.subarray(0, 2)]).toEqual([0x112233, 0x445566]);
  });

  it('draws RRE and copies areas, also overlapping ones', () => {
    const t = make();
    const pixel = Buffer.from([0x33, 0x22, 0x11, 0]);
    const rre = byteWriter().u32(1).zeros(4).bytes(pixel).u16(1).u16(2).u16(3).u16(4).toBuffer();
    const copy = byteWriter().u16(0).u16(0).toBuffer();
    const out = pushAll(
      t,
      update(
        [encodeRectHeader({ x: 0, y: 0, width: 10, height: 10 }, RRE), rre],
        [encodeRectHeader({ x: 2, y: 1, width: 10, height: 10 }, CopyRect), copy],
      ),
      3,
    );
    const expected = createScreen(W, H);
    fillRect(expected, { x: 1, y: 2, width: 3, height: 4 }, 0x112233);
    // The copy shows the rectangle moved by (2, 1) and leaves only the part of the old one it does not cover.
    fillRect(expected, { x: 2, y: 2, width: 10, height: 9 }, 0);
    fillRect(expected, { x: 3, y: 3, width: 3, height: 4 }, 0x112233);
    expect(t.screen.pixels).toEqual(expected.pixels);
    expect(viewed(out, rgb).pixels).toEqual(expected.pixels);
  });

  it('passes CopyRect on to a viewer that knows it', () => {
    const t = make();
    t.setViewerEncodings([CopyRect]);
    const message = update([
      encodeRectHeader({ x: 2, y: 1, width: 4, height: 4 }, CopyRect),
      Buffer.alloc(4),
    ]);
    expect(pushAll(t, message)).toEqual(message);
  });

  it('asks the server only for what it can decode and what the viewer understands', () => {
    expect(make().setViewerEncodings([Tight, Cursor, -26, LastRect])).toEqual([
      CopyRect,
      Hextile,
      RRE,
      Raw,
      LastRect,
      Cursor,
    ]);
  });

  it('follows a resize and passes it on', () => {
    const t = make();
    t.setViewerEncodings([DesktopSize, Hextile]);
    const size = [encodeRectHeader({ x: 0, y: 0, width: 64, height: 48 }, DesktopSize)];
    expect(pushAll(t, update(size))).toEqual(update(size));
    expect(t.screen).toMatchObject({ width: 64, height: 48 });
  });

  it('passes updates of unknown length until their LastRect', () => {
    const t = make();
    t.setViewerEncodings([LastRect]);
    const rect = encodeArea(createScreen(W, H), whole, pixelCodec(rgb), new Set());
    const last = encodeRectHeader({ x: 0, y: 0, width: 0, height: 0 }, LastRect);
    const message = Buffer.concat([encodeUpdateHeader(0xffff), ...rect, last, Buffer.of(2)]);
    expect(pushAll(t, message, 9)).toEqual(message);
  });

  it('translates the mouse pointer', () => {
    const t = make({ source: PIXEL_FORMAT.rgb565, viewer: PIXEL_FORMAT.bgr888 });
    t.setViewerEncodings([Cursor]);
    const head = encodeRectHeader({ x: 1, y: 1, width: 2, height: 1 }, Cursor);
    const out = pushAll(t, update([head, Buffer.from('00f81f00c0', 'hex')]), 1);
    expect(out).toEqual(update([head, Buffer.from('ff0000000000ff00c0', 'hex')]));
  });

  it('passes bell, clipboard and name, and keeps colour maps to itself', () => {
    const t = make();
    t.setViewerEncodings([DesktopName]);
    const cut = byteWriter().u8(3).zeros(3).u32(2).text('hi').toBuffer();
    const map = byteWriter().u8(1).u8(0).u16(0).u16(2).zeros(12).toBuffer();
    const name = update([
      encodeRectHeader({ x: 0, y: 0, width: 0, height: 0 }, DesktopName),
      byteWriter().u32(3).text('bmc').toBuffer(),
    ]);
    expect(pushAll(t, Buffer.concat([Buffer.of(2), cut, map, name]), 1)).toEqual(
      Buffer.concat([Buffer.of(2), cut, name]),
    );
  });

  it('changes the format of the viewer from the next rectangle on', () => {
    const t = make();
    const one = { x: 0, y: 0, width: 1, height: 1 };
    const rect = update([encodeRectHeader(one, Raw), Buffer.from('33221100', 'hex')]);
    pushAll(t, rect);
    t.setViewerFormat(PIXEL_FORMAT.bgr888);
    expect(pushAll(t, rect).toString('hex', 16)).toBe('11223300');
  });
});

describe('createTranscoder against a hostile server', () => {
  const rect = (r: Partial<Rect>, encoding: number, payload = '') =>
    update([encodeRectHeader({ ...whole, ...r }, encoding), Buffer.from(payload, 'hex')]);
  const small = { x: 0, y: 0, width: 8, height: 8 };
  it.each([
    ['draws outside the screen', rect({ x: 1 }, Raw), 'PROTOCOL_VIOLATION', /outside its screen/],
    [
      'draws far outside',
      rect({ x: 65_535, width: 65_535 }, Hextile),
      'PROTOCOL_VIOLATION',
      /outside its screen/,
    ],
    [
      'copies from outside',
      rect({ ...small }, CopyRect, '00270000'),
      'PROTOCOL_VIOLATION',
      /outside the screen/,
    ],
    [
      'has RRE parts outside',
      rect(small, RRE, '0000000100000000ffffffff0007000000020001'),
      'PROTOCOL_VIOLATION',
      /outside the rectangle/,
    ],
    [
      'has endless RRE parts',
      rect(small, RRE, 'ffffffff00000000'),
      'PROTOCOL_VIOLATION',
      /more parts than pixels/,
    ],
    [
      'has Hextile parts outside',
      rect(small, Hextile, '08017011'),
      'PROTOCOL_VIOLATION',
      /outside the rectangle/,
    ],
    [
      'uses an encoding nobody asked for',
      rect(small, Tight),
      'PROTOCOL_VIOLATION',
      /Tight, which nobody asked for/,
    ],
    [
      'uses a pseudo-encoding nobody asked for',
      rect(small, DesktopSize),
      'PROTOCOL_VIOLATION',
      /DesktopSize/,
    ],
    ['sends an unknown message', Buffer.of(77), 'PROTOCOL_VIOLATION', /message type 77/],
    ['sends a 4 GiB clipboard', Buffer.from('03000000ffffffff', 'hex'), 'LIMIT_EXCEEDED', /4294967295/],
  ])('ends when it %s', (_what, message, code, text) => {
    for (const n of [1, 1000]) {
      const t = make();
      const expected = { name: 'RfbError', code, message: expect.stringMatching(text) };
      expect(() => pushAll(t, message, n)).toThrow(expect.objectContaining(expected));
      expect([...t.push(Buffer.of(2))]).toEqual([]);
    }
  });

  it('tells after every update what it drew, however the bytes were cut', () => {
    const small = { x: 3, y: 4, width: 2, height: 2 };
    const other = { x: 20, y: 30, width: 1, height: 1 };
    const raw = (area: Rect) => [
      encodeRectHeader(area, Raw),
      Buffer.alloc(area.width * area.height * 4, 0x55),
    ];
    const grow = [encodeRectHeader({ x: 0, y: 0, width: 50, height: 60 }, DesktopSize)];
    for (const n of [1, 1000]) {
      const told: Rect[][] = [];
      const t = make({
        onUpdate(drawn) {
          told.push([...drawn]);
          if (drawn.length > 0)
            expect(t.screen.pixels[drawn[0]!.y * t.screen.width + drawn[0]!.x]).toBeDefined();
        },
      });
      t.setViewerEncodings([DesktopSize]);
      pushAll(
        t,
        Buffer.concat([update(raw(small), raw(other)), Buffer.of(2), update(), update(grow, raw(small))]),
        n,
      );
      expect(told).toEqual([[small, other], [], [{ x: 0, y: 0, width: 50, height: 60 }]]);
    }
  });

  it('does not grow to a screen it can not hold', () => {
    const t = make();
    t.setViewerEncodings([DesktopSize]);
    const grow = rect({ width: 65_535, height: 65_535 }, DesktopSize);
    expect(() => pushAll(t, grow)).toThrow(/65535x65535 is beyond/);
    expect(() => make({ width: 65_535, height: 65_535 })).toThrow(/beyond/);
  });

  it('never throws anything but an RfbError, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom('', '00000001', '0000ffff'),
        (noise, start) => {
          const t = make();
          t.setViewerEncodings([Hextile, LastRect, Cursor, DesktopName, CopyRect]);
          try {
            pushAll(t, Buffer.concat([Buffer.from(start, 'hex'), noise]));
          } catch (error) {
            expect((error as Error).name).toBe('RfbError');
          }
        },
      ),
    );
  });
});
