import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanDirtyBytes } from './clean-dirty-bytes.ts';
import { decodeXml } from './decode-xml.ts';
import { WsmanError } from './errors.ts';
import { parseXml } from './parse-xml.ts';

const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('decoding', () => {
  it.each([
    ['UTF-8 by default', Buffer.from('<a>Grüße 🖥</a>'), undefined],
    ['UTF-8 with a byte order mark', Buffer.from('\ufeff<a>Grüße 🖥</a>'), 'text/xml; charset=iso-8859-1'],
    ['little-endian UTF-16 with a mark', Buffer.from('\ufeff<a>Grüße 🖥</a>', 'utf16le'), undefined],
    ['big-endian UTF-16 with a mark', utf16be('\ufeff<a>Grüße 🖥</a>'), undefined],
    ['little-endian UTF-16 without a mark', Buffer.from('<a>Grüße 🖥</a>', 'utf16le'), undefined],
    ['big-endian UTF-16 without a mark', utf16be('<a>Grüße 🖥</a>'), 'application/soap+xml;charset=utf-16'],
  ])('reads %s', (_what, bytes, contentType) => {
    expect(decodeXml(bytes, contentType)).toBe('<a>Grüße 🖥</a>');
  });

  it('reads ISO-8859-1 by declaration or by charset, with bytes that windows-1252 has otherwise', () => {
    const declared = '<?xml version="1.0" encoding="ISO-8859-1"?><a>\u00e9\u0085</a>';
    expect(decodeXml(Buffer.from(declared, 'latin1'), undefined)).toBe(declared);
    expect(decodeXml(Buffer.from('<a>\u00e9</a>', 'latin1'), 'text/xml;charset="ISO-8859-1"')).toBe(
      '<a>\u00e9</a>',
    );
  });

  it('parses what declares UTF-16 and is UTF-16', () => {
    const text = '\ufeff<?xml version="1.0" encoding="UTF-16"?><a>ü</a>';
    expect(parseXml(decodeXml(Buffer.from(text, 'utf16le'), undefined)).text).toBe('ü');
  });

  it.each([
    ['an encoding that nobody needs', Buffer.from('<?xml version="1.0" encoding="EBCDIC-US"?><a/>')],
    ['UTF-16 that is none', Buffer.from('<?xml version="1.0" encoding="UTF-16"?><a/>')],
    ['bytes that are no UTF-8', Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e])],
    ['half a character of UTF-16', Buffer.from('\ufeff<a/>', 'utf16le').subarray(0, 9)],
  ])('refuses %s', (_what, bytes) => {
    expect(() => decodeXml(bytes, undefined)).toThrow(WsmanError);
  });

  it('ends for any bytes with a text or an error of its own', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.option(fc.string(), { nil: undefined }), (bytes, contentType) => {
        for (const decode of [decodeXml, cleanDirtyBytes])
          try {
            expect(typeof decode(Buffer.from(bytes), contentType)).toBe('string');
          } catch (error) {
            expect(error).toBeInstanceOf(WsmanError);
          }
      }),
    );
  });
});

describe('cleaning', () => {
  it('takes out what no XML may contain and keeps the rest', () => {
    const bytes = Buffer.concat([
      Buffer.from('<a>\n\tGrüße '),
      Buffer.from([0x00, 0x1b, 0xff, 0xc3]),
      Buffer.from('&#0;&#x1F;&#65;&#xe9;&#99999999;</a>'),
    ]);
    expect(cleanDirtyBytes(bytes)).toBe('<a>\n\tGrüße &#65;&#xe9;&#99999999;</a>');
  });

  it('always makes text of XML characters', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const clean = cleanDirtyBytes(Buffer.concat([Buffer.from('<a>'), bytes]));
        expect(clean).not.toMatch(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u);
      }),
    );
  });
});
