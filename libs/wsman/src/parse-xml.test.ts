import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WsmanError } from './errors.ts';
import { DEFAULT_LIMITS, type XmlLimits } from './limits.ts';
import { parseXml } from './parse-xml.ts';
import type { XmlElement } from './xml-element.ts';

const SAMPLE = `<?xml version="1.0"?>
<!-- an answer -->
<s:Envelope xmlns:s="urn:soap" xmlns="urn:class">
  <s:Body><Output><Value x:nil="true" xmlns:x="urn:xsi"/><Name a="1">Tom &amp; <![CDATA[<&amp;>]]>&#x4a;erry</Name></Output></s:Body>
</s:Envelope>
`;

function refusal(text: string, limits?: XmlLimits): WsmanError {
  try {
    parseXml(text, limits);
  } catch (error) {
    if (error instanceof WsmanError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('parsing', () => {
  it('resolves namespaces and forgets prefixes', () => {
    const envelope = parseXml(SAMPLE);
    const output = envelope.children[0]?.children[0] as XmlElement;
    expect([envelope.namespace, envelope.name]).toEqual(['urn:soap', 'Envelope']);
    expect([output.namespace, output.name]).toEqual(['urn:class', 'Output']);
    expect(output.children[0]?.attributes).toEqual([{ namespace: 'urn:xsi', name: 'nil', value: 'true' }]);
    expect(output.children[1]?.attributes).toEqual([{ namespace: '', name: 'a', value: '1' }]);
  });

  it('resolves references in text and leaves them in CDATA', () => {
    expect(parseXml(SAMPLE).children[0]?.children[0]?.children[1]?.text).toBe('Tom & <&amp;>Jerry');
  });

  it('lets an inner declaration hide an outer one, and ends it with its element', () => {
    const root = parseXml('<p:a xmlns:p="urn:1"><p:b xmlns:p="urn:2"/><p:c/><d xmlns=""/></p:a>');
    expect(root.children.map((one) => one.namespace)).toEqual(['urn:2', 'urn:1', '']);
    expect(root.namespaceOf('p')).toBe('urn:1');
    expect(root.namespaceOf('q')).toBeUndefined();
  });

  it('reads a number as it is written', () => {
    expect(parseXml('<a>007</a>').text).toBe('007');
    expect(parseXml('<a>0x10</a>').text).toBe('0x10');
    expect(parseXml('<a>1e3 </a>').text).toBe('1e3 ');
  });

  it.each([
    ['a document type', '<!DOCTYPE a><a/>'],
    ['entities that multiply', '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'],
    ['an external entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    ['a document type after the root', '<a/><!DOCTYPE a>'],
    ['an undeclared entity', '<a>&nbsp;</a>'],
    ['an undeclared entity in an attribute', '<a b="&x;"/>'],
    ['a bare ampersand', '<a>Tom & Jerry</a>'],
    ['a reference to no character', '<a>&#0;</a>'],
    ['a reference beyond Unicode', '<a>&#x110000;</a>'],
    ['a prefix that is not declared', '<p:a/>'],
    ['a prefix of an attribute that is not declared', '<a p:b="1"/>'],
    ['a prefix declared as nothing', '<p:a xmlns:p=""/>'],
    ['two colons', '<p:a:b xmlns:p="urn:1"/>'],
    ['two roots', '<a/><b/>'],
    ['no root', '<!-- -->'],
    ['text only', 'hello'],
    ['nothing', ''],
    ['text after the root', '<a/>x'],
    ['text before the root', 'x<a/>'],
    ['text between the root and a comment', '<a/>x<!-- -->'],
    ['text after the root that looks like the end of a tag', '<a></a> x="1">'],
    ['CDATA after the root', '<a/><![CDATA[x]]>'],
    ['constructor as a name', '<constructor/>'],
    ['crossed elements', '<a><b></a></b>'],
    ['an attribute twice', '<a b="1" b="2"/>'],
    ['an attribute without quotes', '<a b=1/>'],
    ['a comment without end', '<a/><!-- '],
    ['a CDATA section without end', '<a><![CDATA[</a>'],
    ['a processing instruction without end', '<a/><?x '],
    ['a control character', '<a>\u0001</a>'],
    ['__proto__ as a name', '<__proto__/>'],
    ['__proto__ as a name inside', '<a><__proto__><b/></__proto__></a>'],
  ])('refuses %s', (_what, text) => {
    expect(refusal(text).code).toBe('MALFORMED');
  });

  it('says of a document type that it is one', () => {
    expect(refusal('<!DOCTYPE a><a/>').message).toMatch(/document type/);
    expect(refusal('<a><!ENTITY b "c"></a>').message).toMatch(/document type/);
  });

  it('gives names of objects no power', () => {
    const root = parseXml('<a><toString/><hasOwnProperty>x</hasOwnProperty></a>');
    expect(root.children).toHaveLength(2);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('repeats nothing of a document in its errors', () => {
    for (const text of ['<hunter2>', '<a>&hunter2;</a>', '<hunter2:a/>', '<a b="hunter2>', '<a>hunter2'])
      expect(refusal(text).message).not.toContain('hunter2');
  });

  it('counts elements before it builds any', () => {
    const limits = { ...DEFAULT_LIMITS, parts: 5 };
    expect(parseXml('<a><b/><!-- <x/><x/> --><b><![CDATA[<x/>]]></b></a>', limits).children).toHaveLength(2);
    expect(refusal('<a><b/><b/><b/><b/><b/></a>', limits).code).toBe('TOO_LARGE');
    expect(refusal('<a><b c="" d=""/><b e=""/></a>', limits).code).toBe('TOO_LARGE');
    expect(refusal(`<a>${'<!---->'.repeat(5)}</a>`, limits).code).toBe('TOO_LARGE');
    expect(refusal(`<a>${'<![CDATA[]]>'.repeat(5)}</a>`, limits).code).toBe('TOO_LARGE');
  });

  it('bounds how deep elements stand inside each other', () => {
    const nested = (depth: number) => `${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}`;
    expect(parseXml(nested(10), { ...DEFAULT_LIMITS, depth: 10 }).name).toBe('a');
    expect(refusal(nested(100), { ...DEFAULT_LIMITS, depth: 10 }).message).toMatch(/inside each other/);
    expect(refusal(nested(50_000)).code).toBe('MALFORMED');
  });

  it('refuses every truncation', () => {
    const whole = SAMPLE.trimEnd();
    for (let length = 0; length < whole.length; length++)
      expect(refusal(whole.slice(0, length)).code, `after ${length} characters`).toBe('MALFORMED');
  });

  it('answers any text with an element or with an error of its own', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom(
        '<',
        '>',
        '</',
        '/>',
        '<a',
        '</a>',
        '<a>',
        ' b="',
        '"',
        "'",
        '&',
        ';',
        '&#',
        '<!--',
        '-->',
      ),
      fc.constantFrom(
        '<![CDATA[',
        ']]>',
        '<?',
        '?>',
        '<?xml ',
        '<!DOCTYPE',
        ' xmlns="u"',
        ' xmlns:p="u"',
        '<p:a>',
        '\r\n',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        try {
          expect(typeof parseXml(text).name).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(WsmanError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('reads documents that were damaged in one place, or refuses them', () => {
    fc.assert(
      fc.property(fc.nat(SAMPLE.length - 1), fc.string({ unit: 'binary', maxLength: 3 }), (at, put) => {
        try {
          parseXml(SAMPLE.slice(0, at) + put + SAMPLE.slice(at + 1));
        } catch (error) {
          expect(error).toBeInstanceOf(WsmanError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
