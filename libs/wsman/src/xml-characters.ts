/** Everything that XML 1.0 section 2.2 does not count as a character: most control characters, lone surrogates, U+FFFE, U+FFFF. */
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const ALL_NOT_XML = new RegExp(NOT_XML.source, 'gu');

/** The first character that XML cannot carry, as `U+0000`; undefined when there is none. */
export function firstForbidden(text: string): string | undefined {
  const found = NOT_XML.exec(text)?.[0].codePointAt(0);
  return found === undefined ? undefined : `U+${found.toString(16).toUpperCase().padStart(4, '0')}`;
}

export function withoutForbidden(text: string): string {
  return text.replace(ALL_NOT_XML, '');
}

/** Makes a foreign text fit for an error or a log line: one line, printable, bounded. @param max characters */
export function printable(text: string, max: number): string {
  const line = text.replace(/[\s\p{C}]+/gu, ' ').trim();
  // By code points, so that no half of a character remains.
  const characters = [...line.slice(0, 2 * max + 1)];
  return characters.length > max ? `${characters.slice(0, max - 1).join('')}…` : line;
}
