import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_LIMITS } from './limits.ts';
import { NS } from './namespaces.ts';
import { parseAnswer } from './parse-answer.ts';

const validated = vi.spyOn(XMLValidator, 'validate');
const parsed = vi.spyOn(XMLParser.prototype, 'parse');
afterEach(() => vi.clearAllMocks());

const { attributes, parts, tagCharacters } = DEFAULT_LIMITS;

/** An answer of a service that holds this. */
function answer(content: string) {
  const envelope = `<s:Envelope xmlns:s="${NS.s}"><s:Body>${content}</s:Body></s:Envelope>`;
  return parseAnswer({ status: 200, headers: {}, body: Buffer.from(envelope) }, DEFAULT_LIMITS);
}

const named = (many: number, name: string) =>
  Array.from({ length: many }, (_none, n) => ` ${name}${n}="u"`).join('');

describe('an answer that would be slow to read', () => {
  it.each([
    ['attributes', `<r${named(attributes + 1, 'a')}/>`, /more than 64 attributes/],
    ['attributes without end', `<r ${"a='".repeat(100_000)}/>`, /more than 64 attributes/],
    ['declarations', `<r${named(attributes + 1, 'xmlns:a')}/>`, /more than 64 attributes/],
    ['attributes without values', `<r${' a'.repeat(tagCharacters / 2)}/>`, /a tag of more than 65536/],
    ['white space in a tag', `<r${' '.repeat(tagCharacters)}/>`, /a tag of more than 65536/],
    ['white space at an end', `<r></r${' '.repeat(tagCharacters)}>`, /a tag of more than 65536/],
    ['text in an attribute', `<r a="${'x'.repeat(tagCharacters)}"/>`, /a tag of more than 65536/],
    ['characters in a name', `<${'a'.repeat(tagCharacters)}/>`, /a tag of more than 65536/],
    ['attributes of all elements', `<r>${`<a${named(60, 'b')}/>`.repeat(parts / 60)}</r>`, /more than 50000/],
    ['instructions', `<r>${'<?a?>'.repeat(parts)}</r>`, /more than 50000/],
  ])('with more %s than its bound is refused before the parser sees it', (_what, content, text) => {
    expect(() => answer(content)).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE', message: expect.stringMatching(text) }),
    );
    expect(validated).not.toHaveBeenCalled();
    expect(parsed).not.toHaveBeenCalled();
  });

  it('is read up to the very bounds', () => {
    const long = 'x'.repeat(tagCharacters - '<r a=""/>'.length);
    expect(answer(`<r a="${long}"/>`).content.attributes).toEqual([
      { namespace: '', name: 'a', value: long },
    ]);
    expect(() => answer(`<r a="${long}x"/>`)).toThrow(/a tag of more than/);
    expect(answer(`<r${named(attributes, 'a')}/>`).content.attributes).toHaveLength(attributes);
    // Envelope, its declaration, Body and r are parts too.
    const rest = parts - 4;
    expect(answer(`<r>${'<a></a>'.repeat(rest)}</r>`).content.children).toHaveLength(rest);
    expect(() => answer(`<r>${'<a></a>'.repeat(rest + 1)}</r>`)).toThrow(/more than 50000/);
  });

  it('is read once when cleaning would change nothing', () => {
    expect(() => answer('<r></q>')).toThrow(/not well-formed/);
    expect(validated).toHaveBeenCalledTimes(1);
  });
});
