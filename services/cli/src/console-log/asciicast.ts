import type { ReadConsoleLogResponse } from '@consolemesh/contracts/conductor';
import { ConsoleLogEventKind } from '@consolemesh/contracts/types';
import { fromTimestamp } from '@consolemesh/mesh';
import { eventText } from './event-text.ts';

/**
 * Lines of an asciicast v2 file (https://docs.asciinema.org/manual/asciicast/v2/): a header, then `[seconds, code, data]` with the codes `o`
 * (output, whole characters of UTF-8), `r` (resize, `132x50`) and `m` (marker: what happened).
 */
export function createAsciicast(title: string) {
  const decoder = new TextDecoder();
  let begin: number | undefined;

  function* header(at: number, columns: number, rows: number): Generator<string> {
    if (begin !== undefined) return;
    begin = at;
    const timestamp = Math.floor(at / 1000);
    yield line({ version: 2, width: columns || 80, height: rows || 24, timestamp, title });
  }
  const entry = (at: number, code: 'o' | 'r' | 'm', data: string) =>
    line([Math.max(0, Math.round(at - (begin ?? at)) / 1000), code, data]);

  return {
    *push({ at: time, data, event }: ReadConsoleLogResponse): Generator<string> {
      const at = time ? fromTimestamp(time) : (begin ?? 0);
      // Before the size is known, nothing that is missing can be marked.
      if (begin === undefined && event?.kind === ConsoleLogEventKind.MISSING) return;
      const isFirst = begin === undefined;
      yield* header(at, event?.columns ?? 0, event?.rows ?? 0);
      if (event) {
        const sized = event.columns > 0 && event.rows > 0;
        if (sized && !isFirst) yield entry(at, 'r', `${event.columns}x${event.rows}`);
        const text = eventText(event);
        if (text !== undefined) yield entry(at, 'm', text);
      }
      const text = decoder.decode(data, { stream: true });
      if (text !== '') yield entry(at, 'o', text);
    },
    /** An empty log is a file that can be played, too. */
    end: () => header(Date.now(), 0, 0),
  };
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
