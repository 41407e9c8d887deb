import { WsmanError } from './errors.ts';
import type { XmlLimits } from './limits.ts';

/**
 * One pass over the markup before anything is built from it: no document type, no part that never ends, nothing but comments
 * and white space around the root, no more and no larger tags than `limits` allow, no deeper than `limits.depth`.
 * Names, how attributes are written and whether tags fit each other are the parser's business.
 * @throws WsmanError MALFORMED, TOO_LARGE
 */
export function scanMarkup(text: string, limits: XmlLimits): void {
  let parts = 0;
  let depth = 0;
  let end = 0;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', end)) {
    if (depth === 0) requireBlank(text, end, at);
    const kind = kindAt(text, at);
    if (kind === 'CDATA section' && depth === 0) throw malformed('there is text outside its root');
    const isTag = kind === 'tag' || kind === 'end tag';
    const part = isTag ? readTag(text, at, limits) : { end: endOf(text, at, kind), attributes: 0 };
    end = part.end;
    if (kind === 'end tag') depth--;
    else parts += 1 + part.attributes;
    if (kind === 'tag' && text[end - 2] !== '/') depth++;
    if (parts > limits.parts) throw tooLarge(`more than ${limits.parts} elements and other parts`);
    if (depth > limits.depth) throw malformed(`more than ${limits.depth} elements inside each other`);
  }
  requireBlank(text, end, text.length);
  if (depth !== 0) throw malformed('it is cut off');
}

const ENDS = {
  comment: ['<!--', '-->'],
  'CDATA section': ['<![CDATA[', ']]>'],
  instruction: ['<?', '?>'],
} as const;

function kindAt(text: string, at: number): keyof typeof ENDS | 'tag' | 'end tag' {
  if (text[at + 1] === '/') return 'end tag';
  if (text[at + 1] === '?') return 'instruction';
  if (text[at + 1] !== '!') return 'tag';
  if (text.startsWith('<!--', at)) return 'comment';
  if (text.startsWith('<![CDATA[', at)) return 'CDATA section';
  throw malformed('it has a document type, which SOAP forbids');
}

/** Index after the mark that ends what starts at `at`. */
function endOf(text: string, at: number, kind: keyof typeof ENDS): number {
  const [start, mark] = ENDS[kind];
  const found = text.indexOf(mark, at + start.length);
  if (found < 0) throw malformed(`a ${kind} does not end`);
  return found + mark.length;
}

/** Where a tag ends, and how many quoted values are in it; a `>` in one of these does not end it. */
function readTag(text: string, at: number, limits: XmlLimits): { end: number; attributes: number } {
  const last = at + limits.tagCharacters;
  let attributes = 0;
  for (let index = at + 1; index < text.length; index++) {
    if (index >= last) throw tooLarge(`a tag of more than ${limits.tagCharacters} characters`);
    const character = text[index];
    if (character === '>') return { end: index + 1, attributes };
    if (character !== '"' && character !== "'") continue;
    if (++attributes > limits.attributes)
      throw tooLarge(`an element with more than ${limits.attributes} attributes`);
    index = text.indexOf(character, index + 1);
    if (index < 0) break;
  }
  throw malformed('a tag does not end');
}

function requireBlank(text: string, from: number, to: number): void {
  if (text.slice(from, to).trim() !== '') throw malformed('there is text outside its root');
}

function tooLarge(what: string): WsmanError {
  return new WsmanError('TOO_LARGE', `the answer has ${what}`);
}

function malformed(what: string): WsmanError {
  return new WsmanError('MALFORMED', `the answer is not usable XML: ${what}`);
}
