import { WsmanError } from './errors.ts';
import type { WsmanLimits } from './limits.ts';

/**
 * One pass over the markup before anything is built from it: no document type, no part that never ends, no more elements
 * than `limits.elements`.
 * @throws WsmanError MALFORMED, TOO_LARGE
 */
export function scanMarkup(text: string, limits: Pick<WsmanLimits, 'elements'>): void {
  let elements = 0;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1)) {
    if (text.startsWith('<!--', at)) at = endOf('-->', at + 4, 'a comment');
    else if (text.startsWith('<![CDATA[', at)) at = endOf(']]>', at + 9, 'a CDATA section');
    else if (text.startsWith('<?', at)) at = endOf('?>', at + 2, 'a processing instruction');
    else if (text.startsWith('<!', at)) throw malformed('it has a document type, which SOAP 1.2 forbids');
    else if (!text.startsWith('</', at) && ++elements > limits.elements)
      throw new WsmanError('TOO_LARGE', `the answer has more than ${limits.elements} elements`);
  }

  function endOf(mark: string, from: number, what: string): number {
    const end = text.indexOf(mark, from);
    if (end < 0) throw malformed(`${what} does not end`);
    return end + mark.length - 1;
  }
}

function malformed(what: string): WsmanError {
  return new WsmanError('MALFORMED', `the answer is not usable XML: ${what}`);
}
