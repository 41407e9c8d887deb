import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeXml, requireXmlName } from './escape-xml.ts';
import { parseXml } from './parse-xml.ts';
import { firstForbidden } from './xml-characters.ts';

const text = fc.string({ unit: 'binary' }).filter((one) => firstForbidden(one) === undefined);

describe('escaping', () => {
  it('survives parsing, as content and as an attribute', () => {
    fc.assert(
      fc.property(text, text, (content, attribute) => {
        const root = parseXml(`<a b="${escapeXml(attribute)}">${escapeXml(content)}</a>`);
        expect(root.text).toBe(content);
        expect(root.attributes).toEqual([{ namespace: '', name: 'b', value: attribute }]);
      }),
    );
  });

  it.each([
    ['markup', '</a><b x="1"/><!-- -->'],
    ['CDATA', '<![CDATA[x]]>'],
    ['references', '&amp;#60;&lt;'],
    ['line ends', 'a\r\nb\rc\n\td'],
  ])('survives parsing when the text looks like %s', (_what, value) => {
    expect(parseXml(`<a>${escapeXml(value)}</a>`).text).toBe(value);
    expect(parseXml(`<a b='${escapeXml(value)}'/>`).attributes[0]?.value).toBe(value);
  });

  it.each(['\0', '\u001b', '\ud800', '\uffff'])(
    'refuses what XML cannot carry without repeating it',
    (bad) => {
      expect(() => escapeXml(`secret${bad}`, 'the password')).toThrow(TypeError);
      expect(() => escapeXml(`secret${bad}`, 'the password')).toThrow(
        /^the password contains U\+[0-9A-F]{4}, which XML cannot carry/,
      );
    },
  );

  it('refuses names that would end the tag', () => {
    expect(requireXmlName('AttributeName', 'a parameter')).toBe('AttributeName');
    for (const bad of ['', 'a b', 'a>', 'p:a', '1a', '-a'])
      expect(() => requireXmlName(bad, 'a parameter')).toThrow(TypeError);
  });
});
