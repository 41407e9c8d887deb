import { firstForbidden } from './xml-characters.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // A parser would turn these into a line feed or, in attributes, into spaces.
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};

/**
 * Text for the content of an element or of a quoted attribute, such that parsing gives it back unchanged.
 * @param what what the text is, for the error; the text itself may be a secret
 * @throws TypeError for a character that XML 1.0 cannot carry
 */
export function escapeXml(text: string, what = 'a text'): string {
  const forbidden = firstForbidden(text);
  if (forbidden !== undefined)
    throw new TypeError(`${what} contains ${forbidden}, which XML cannot carry: leave it out`);
  return text.replace(/[&<>"'\r\n\t]/g, (character) => ESCAPES[character] ?? character);
}

/** Checks a name that becomes an element. @throws TypeError */
export function requireXmlName(name: string, what: string): string {
  if (!/^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(name))
    throw new TypeError(
      `${what} must be an XML name without prefix (letters, digits, '_', '.', '-'): ${JSON.stringify(name)}`,
    );
  return name;
}
