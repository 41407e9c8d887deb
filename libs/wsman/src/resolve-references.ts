import { WsmanError } from './errors.ts';
import { firstForbidden } from './xml-characters.ts';

const PREDEFINED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/**
 * Replaces `&name;` for the five predefined names, `&#decimal;` and `&#xhex;` (XML 1.0 section 4.1). One pass: what a reference
 * stands for is not looked at again.
 * @throws WsmanError MALFORMED for any other reference and for a bare ampersand
 */
export function resolveReferences(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:([a-z]{2,4}|#[0-9]{1,10}|#x[0-9a-fA-F]{1,8});)?/g, (_all, name?: string) => {
    const character = name === undefined ? undefined : (PREDEFINED.get(name) ?? byNumber(name));
    if (character === undefined)
      throw new WsmanError(
        'MALFORMED',
        'the answer is not usable XML: it contains a reference other than &amp; &lt; &gt; &quot; &apos; and characters by number',
      );
    return character;
  });
}

function byNumber(name: string): string | undefined {
  if (!name.startsWith('#')) return undefined;
  const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  if (code > 0x10ffff) return undefined;
  const character = String.fromCodePoint(code);
  return firstForbidden(character) === undefined ? character : undefined;
}
