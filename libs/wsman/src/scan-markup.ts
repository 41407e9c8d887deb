import { WsmanError } from './errors.ts';
import type { WsmanLimits } from './limits.ts';

/**
 * One pass over the markup before anything is built from it: no document type, no part that never ends, nothing but comments
 * and white space around the root, no more elements than `limits.elements`, no deeper than `limits.depth`.
 * Names, attributes and whether tags fit each other are the parser's business.
 * @throws WsmanError MALFORMED, TOO_LARGE
 */
export function scanMarkup(text: string, limits: Pick<WsmanLimits, 'depth' | 'elements'>): void {
  let elements = 0;
  let depth = 0;
  let end = 0;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', end)) {
    if (depth === 0) requireBlank(text, end, at);
    const kind = kindAt(text, at);
    if (kind === 'CDATA section' && depth === 0) throw malformed('there is text outside its root');
    end = kind === 'tag' ? endOfTag(text, at) : endOf(text, at, kind);
    if (kind !== 'tag') continue;
    if (text[at + 1] === '/') depth--;
    else if (++elements > limits.elements)
      throw new WsmanError('TOO_LARGE', `the answer has more than ${limits.elements} elements`);
    else if (text[end - 2] !== '/') depth++;
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

function kindAt(text: string, at: number): keyof typeof ENDS | 'tag' {
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

/** Index after the `>` of a tag; those in quoted attributes do not end it. */
function endOfTag(text: string, at: number): number {
  for (let index = at + 1; index < text.length; index++) {
    const character = text[index];
    if (character === '>') return index + 1;
    if (character !== '"' && character !== "'") continue;
    index = text.indexOf(character, index + 1);
    if (index < 0) break;
  }
  throw malformed('a tag does not end');
}

function requireBlank(text: string, from: number, to: number): void {
  if (text.slice(from, to).trim() !== '') throw malformed('there is text outside its root');
}

function malformed(what: string): WsmanError {
  return new WsmanError('MALFORMED', `the answer is not usable XML: ${what}`);
}
