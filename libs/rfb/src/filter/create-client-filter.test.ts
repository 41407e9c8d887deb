import { byteWriter } from '@consolemesh/bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENCODING } from '../encodings.ts';
import { encodePixelFormat, PIXEL_FORMAT } from '../pixel-format.ts';
import { type ClientFilterOptions, createClientFilter } from './create-client-filter.ts';
import { encodeSetEncodings } from './set-encodings.ts';

const { ExtendedMouseButtons, ExtendedClipboard, Raw, Tight, Hextile, CopyRect, DesktopSize } = ENCODING;

const key = (sym: number) => byteWriter().u8(4).u8(1).u16(0).u32(sym).toBuffer();
const pointer = (mask: number, extra: number[] = []) => Buffer.from([5, mask, 0, 10, 0, 20, ...extra]);
const request = byteWriter().u8(3).u8(1).u16(0).u16(0).u16(64).u16(48).toBuffer();
const cutText = (length: number, payload: Uint8Array) =>
  byteWriter().u8(6).zeros(3).i32(length).bytes(payload).toBuffer();
const setPixelFormat = Buffer.concat([Buffer.alloc(4), encodePixelFormat(PIXEL_FORMAT.bgr888)]);
const bytes = (max: number) => fc.uint8Array({ maxLength: max });

/** One arbitrary per row of the length table; lengths of payloads are arbitrary. */
const messages: Record<string, fc.Arbitrary<Buffer>> = {
  setPixelFormat: fc.constant(setPixelFormat),
  request: fc.constant(request),
  key: fc.nat(0xffff).map(key),
  pointer: fc.nat(127).map((mask) => pointer(mask)),
  pointer7: fc.nat(127).map((mask) => pointer(mask | 0x80, [1])),
  cutText: bytes(60).map((p) => cutText(p.length, p)),
  extendedCutText: bytes(60).map((p) => cutText(-p.length, p)),
  continuous: fc.constant(byteWriter().u8(150).u8(1).zeros(8).toBuffer()),
  fence: bytes(64).map((p) => byteWriter().u8(248).zeros(3).u32(1).u8(p.length).bytes(p).toBuffer()),
  xvp: fc.constant(Buffer.from([250, 0, 1, 2])),
  desktopSize: fc.nat(3).map((n) =>
    byteWriter()
      .u8(251)
      .u8(0)
      .u16(640)
      .u16(480)
      .u8(n)
      .u8(0)
      .zeros(16 * n)
      .toBuffer(),
  ),
  giiBig: bytes(40).map((p) => byteWriter().u8(253).u8(0x81).u16(p.length).bytes(p).toBuffer()),
  giiLittle: bytes(40).map((p) => Buffer.from([253, 1, p.length, 0, ...p])),
  qemuKey: fc.constant(byteWriter().u8(255).u8(0).u16(1).u32(97).u32(30).toBuffer()),
  qemuAudio: fc.constantFrom(0, 1).map((op) => byteWriter().u8(255).u8(1).u16(op).toBuffer()),
  qemuAudioFormat: fc.constant(byteWriter().u8(255).u8(1).u16(2).u8(3).u8(2).u32(44100).toBuffer()),
};
const anyMessage = fc
  .constantFrom(...Object.keys(messages))
  .chain((kind) => messages[kind]!.map((m) => ({ kind, m })));

/** Negotiates the extensions, so that every message above is possible. */
const hello = encodeSetEncodings([Raw, ExtendedMouseButtons, ExtendedClipboard]);

function cutAt(all: Buffer, cuts: number[]): Buffer[] {
  const points = [...new Set([0, ...cuts.map((c) => c % (all.length + 1)), all.length])].sort(
    (a, b) => a - b,
  );
  return points.slice(1).map((to, i) => all.subarray(points[i], to));
}

function run(options: ClientFilterOptions, chunks: Buffer[]) {
  const filter = createClientFilter(options);
  const out = Buffer.concat(chunks.map((c) => Buffer.from(filter.push(c))));
  return { out, filter, clean: filter.end() };
}

describe('createClientFilter', () => {
  it('passes every known message unchanged, however the bytes were cut', () => {
    fc.assert(
      fc.property(fc.array(anyMessage), fc.array(fc.nat()), (list, cuts) => {
        const all = Buffer.concat([hello, ...list.map(({ m }) => m)]);
        const { out, clean, filter } = run({}, cutAt(all, cuts));
        expect(out).toEqual(all);
        expect(clean).toBe(true);
        expect(filter.counters).toMatchObject({
          forwarded: list.length + 1,
          dropped: 0,
          bytesIn: all.length,
        });
      }),
    );
  });

  it('lets through only requests for pictures when it is view-only, however the bytes were cut', () => {
    const passing = ['setPixelFormat', 'request', 'continuous', 'fence'];
    // Not negotiated by a view-only session, so these can not occur.
    const possible = anyMessage.filter(({ kind }) => kind !== 'pointer7' && kind !== 'extendedCutText');
    fc.assert(
      fc.property(fc.array(possible), fc.array(fc.nat()), (list, cuts) => {
        const all = Buffer.concat([hello, ...list.map(({ m }) => m)]);
        const { out } = run({ viewOnly: true }, cutAt(all, cuts));
        const kept = list.filter(({ kind }) => passing.includes(kind)).map(({ m }) => m);
        expect(out).toEqual(Buffer.concat([encodeSetEncodings([Raw]), ...kept]));
      }),
    );
  });

  it('gives one byte at a time the same treatment', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 6 }), fc.boolean(), (list, viewOnly) => {
        const first = viewOnly ? [] : [hello];
        const possible = viewOnly ? list.filter(({ kind }) => !/pointer7|extended/.test(kind)) : list;
        const all = Buffer.concat([...first, ...possible.map(({ m }) => m)]);
        const single = [...all].map((byte) => Buffer.from([byte]));
        expect(run({ viewOnly }, single).out).toEqual(run({ viewOnly }, [all]).out);
      }),
    );
  });

  it('returns the very same buffer when nothing has to change', () => {
    const filter = createClientFilter();
    const chunk = Buffer.concat([key(97), pointer(1), request, key(98)]);
    expect(filter.push(chunk)).toBe(chunk);
  });

  it('passes on a long clipboard without holding it back', () => {
    const filter = createClientFilter();
    const all = cutText(1000, Buffer.alloc(1000, 0x61));
    expect(filter.push(all.subarray(0, 20)).length).toBe(20);
    expect(filter.end()).toBe(false);
    expect(filter.push(all.subarray(20))).toEqual(all.subarray(20));
    expect(filter.end()).toBe(true);
  });

  it('does not keep the memory of the chunk it was given', () => {
    const filter = createClientFilter();
    const all = encodeSetEncodings([Raw, Hextile]);
    const reused = Buffer.from(all.subarray(0, 7));
    expect(filter.push(reused).length).toBe(0);
    reused.fill(0xee);
    expect(filter.push(all.subarray(7))).toEqual(all);
  });

  it('counts input and reports it once per chunk', () => {
    let calls = 0;
    const filter = createClientFilter({ onInput: () => calls++ });
    filter.push(Buffer.concat([key(1), key(2), pointer(0), request]));
    filter.push(request);
    expect(calls).toBe(1);
    expect(filter.counters).toMatchObject({ input: 3, forwarded: 5 });
  });

  it('takes and gives the pen between two messages', () => {
    const filter = createClientFilter();
    const split = key(3);
    const first = filter.push(split.subarray(0, 3));
    filter.setViewOnly(true);
    // The half that is out must be completed, or the server would lose its place.
    expect(Buffer.concat([first, filter.push(Buffer.concat([split.subarray(3), key(4), request]))])).toEqual(
      Buffer.concat([split, request]),
    );
    filter.setViewOnly(false);
    expect(filter.push(key(5))).toEqual(key(5));
  });
});

describe('createClientFilter and profiles', () => {
  const asked = [CopyRect, Tight, Hextile, Raw, -26, DesktopSize, ExtendedMouseButtons];
  const rewritten = (profile: ClientFilterOptions['profile'], viewOnly = false) => {
    const seen: (readonly number[])[] = [];
    const filter = createClientFilter({
      ...(profile && { profile }),
      viewOnly,
      onEncodings: (_a, f) => seen.push(f),
    });
    const out = filter.push(encodeSetEncodings(asked));
    expect(out).toEqual(encodeSetEncodings(seen[0]!));
    return seen[0];
  };

  it('keeps only allowed encodings, in the order the profile gives', () => {
    const profile = { allowedEncodings: [Hextile, Raw, DesktopSize], encodingOrder: [DesktopSize, Hextile] };
    expect(rewritten(profile)).toEqual([DesktopSize, Hextile, Raw]);
  });

  it('removes forbidden encodings and keeps the order of the viewer', () => {
    expect(rewritten({ forbiddenEncodings: [CopyRect, Tight] })).toEqual([
      Hextile,
      Raw,
      -26,
      DesktopSize,
      ExtendedMouseButtons,
    ]);
  });

  it('never asks for no picture at all', () => {
    expect(rewritten({ allowedEncodings: [DesktopSize], forbiddenEncodings: [Raw] })).toEqual([
      Raw,
      DesktopSize,
    ]);
  });

  it('reads a pointer as six bytes where the extended one was taken out of the list', () => {
    const filter = createClientFilter({ profile: { forbiddenEncodings: [ExtendedMouseButtons] } });
    filter.push(encodeSetEncodings(asked));
    const chunk = Buffer.concat([pointer(0x80), key(1)]);
    expect(filter.push(chunk)).toEqual(chunk);
    expect(filter.counters.forwarded).toBe(3);
  });

  it('reports the format a viewer wants and swallows it where the server keeps its own', () => {
    const formats: unknown[] = [];
    const filter = createClientFilter({
      profile: { forcedPixelFormat: PIXEL_FORMAT.rgb565 },
      onPixelFormat: (f) => formats.push(f),
    });
    expect(filter.push(Buffer.concat([setPixelFormat, request]))).toEqual(request);
    expect(formats).toEqual([PIXEL_FORMAT.bgr888]);
  });

  it('asks the server for what a transcoder wants instead of the list of the viewer', () => {
    const filter = createClientFilter({ replaceEncodings: () => [Hextile, Raw] });
    expect(filter.push(encodeSetEncodings(asked))).toEqual(encodeSetEncodings([Hextile, Raw]));
  });
});

describe('createClientFilter against a hostile viewer', () => {
  const bad: [string, Buffer, string, RegExp][] = [
    ['an unknown type', Buffer.from([99, 0, 0, 0]), 'PROTOCOL_VIOLATION', /type 99/],
    [
      'a 2 GiB clipboard',
      cutText(0x7fffffff, Buffer.alloc(0)),
      'LIMIT_EXCEEDED',
      /ClientCutText of 2147483655/,
    ],
    [
      'a negative clipboard without negotiation',
      cutText(-10, Buffer.alloc(0)),
      'PROTOCOL_VIOLATION',
      /ClientCutText/,
    ],
    ['an endless list of encodings', Buffer.from([2, 0, 0xff, 0xff]), 'LIMIT_EXCEEDED', /SetEncodings/],
    ['an oversized fence', Buffer.from([248, 0, 0, 0, 0, 0, 0, 0, 65]), 'PROTOCOL_VIOLATION', /ClientFence/],
    ['an unknown QEMU message', Buffer.from([255, 9]), 'PROTOCOL_VIOLATION', /Qemu/],
    [
      'an impossible pixel format',
      Buffer.from([...Buffer.alloc(4), 24, ...Buffer.alloc(15)]),
      'PROTOCOL_VIOLATION',
      /pixel format/,
    ],
  ];
  it.each(bad)('ends at %s and forwards nothing afterwards', (_what, message, code, text) => {
    for (const viewOnly of [false, true]) {
      const filter = createClientFilter({ viewOnly });
      let error: unknown;
      try {
        for (const byte of message) filter.push(Buffer.from([byte]));
      } catch (e) {
        error = e;
      }
      expect(error).toMatchObject({ name: 'RfbError', code, message: expect.stringMatching(text) });
      expect(filter.push(request).length).toBe(0);
    }
  });

  it('keeps to the message size of the profile', () => {
    const filter = createClientFilter({ profile: { maxClientMessageBytes: 64 } });
    expect(() => filter.push(cutText(57, Buffer.alloc(57)))).toThrow(/65 bytes \(limit 64\)/);
  });

  it('never throws anything but an RfbError, whatever comes', () => {
    fc.assert(
      fc.property(bytes(200), fc.boolean(), (noise, viewOnly) => {
        try {
          const { out } = run({ viewOnly }, [Buffer.from(noise)]);
          expect(out.length).toBeLessThanOrEqual(noise.length + 4);
        } catch (error) {
          expect((error as Error).name).toBe('RfbError');
        }
      }),
    );
  });
});
