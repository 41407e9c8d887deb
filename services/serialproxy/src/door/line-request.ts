import type { OpenedMessage, PlainWish, TerminalSize } from '@consolemesh/proxy';
import { readSize } from '@consolemesh/proxy';

/** What a client asks for with its first line. */
export interface LineRequest {
  readonly wish: PlainWish;
  readonly size: TerminalSize | undefined;
  readonly mode: 'raw' | 'frames';
}

/** Longest first line, bytes, its end included. */
export const longestRequest = 1024;

/** First word of the protocol of the line door, with its version. */
const protocol = 'consolemesh/1';

/**
 * Reads the first line of a client, without its end:
 *
 *     consolemesh/1 token=<token> | resume=<ticket> [role=view] [size=80x24] [mode=raw|frames] [takeover=yes]
 *
 * Words in any order, one space between them; words that are not known are ignored. Answers a sentence when something is wrong.
 */
export function parseLineRequest(line: string): LineRequest | string {
  const [first, ...words] = line.split(' ').filter((word) => word !== '');
  if (first !== protocol) return `The first line has to begin with ${protocol}.`;
  const given = new Map(
    words.map((word) => {
      const mark = word.indexOf('=');
      return mark < 0 ? ([word, ''] as const) : ([word.slice(0, mark), word.slice(mark + 1)] as const);
    }),
  );
  const { token, resume, role, size, mode, takeover } = Object.fromEntries(given);
  if ((token === undefined) === (resume === undefined))
    return 'The first line needs a token or a ticket to resume.';
  if (role !== undefined && role !== 'view' && role !== 'control') return 'role is view or control.';
  if (mode !== undefined && mode !== 'raw' && mode !== 'frames') return 'mode is raw or frames.';
  const wanted = size === undefined ? undefined : sizeOf(size);
  if (size !== undefined && !wanted) return 'size is columns and rows, such as 80x24, each from 1 to 1000.';
  return {
    wish: {
      credential: token === undefined ? { resume: resume! } : { token },
      watch: role === 'view',
      takeOver: takeover === 'yes',
    },
    size: wanted,
    mode: mode ?? 'raw',
  };
}

function sizeOf(text: string): TerminalSize | undefined {
  const [, columns, rows] = /^(\d{1,4})x(\d{1,4})$/.exec(text) ?? [];
  return readSize({ columns: Number(columns), rows: Number(rows) });
}

/** `consolemesh/1 opened session=… role=… node=…`, with the node's name percent-encoded. */
export function openedLine({ session, role, node }: OpenedMessage): Buffer {
  return Buffer.from(`${protocol} opened session=${session} role=${role} node=${encodeURIComponent(node)}\n`);
}

/** `consolemesh/1 refused REASON words for a person`. */
export function refusedLine(reason: string, message: string): Buffer {
  return Buffer.from(`${protocol} refused ${reason} ${message}\n`);
}
