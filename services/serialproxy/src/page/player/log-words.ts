import { errorTable } from '@consolemesh/errors';
import type { LogMark, LogPiece } from '@consolemesh/proxy/page';

/** Something that happened, in words, at its time (ms since the epoch). */
export interface Mark {
  readonly at: number;
  readonly words: string;
}

/** Marks that are shown at most; a line that was lost every minute for a day has more. */
const mostMarks = 500;

/** What happened in a part of a log. The size that it begins with is no event. */
export function marksOf(pieces: readonly LogPiece[]): Mark[] {
  const marks: Mark[] = [];
  let said = false;
  for (const piece of pieces) {
    if ('data' in piece) said = true;
    else if (said || piece.mark.event !== 'resized') marks.push({ at: piece.at, words: wordsOf(piece.mark) });
    if (marks.length >= mostMarks) break;
  }
  return marks;
}

function wordsOf({ event, size, reason, message, bytes }: LogMark): string {
  switch (event) {
    case 'started':
      return 'Recording began';
    case 'stopped':
      return 'The console was switched off';
    case 'lost':
      return `The machine was lost${because(reason)}`;
    case 'restored':
      return 'The machine is back';
    case 'resized':
      return size ? `The screen became ${size.columns}×${size.rows}` : 'The screen changed its size';
    case 'break':
      return 'A break was sent';
    case 'gap':
      return `${bytes ?? 'Some'} bytes are missing${message ? `: ${message}` : ''}`;
    case 'missing':
      return message ?? 'Something is missing here';
    default:
      return message ?? event;
  }
}

function because(reason: string | undefined): string {
  if (!reason) return '';
  const known = (errorTable as Readonly<Record<string, { readonly meaning: string } | undefined>>)[reason];
  return `: ${known?.meaning ?? reason}`;
}

/** Why there is nothing to play. */
export function whyNot(reason: string, message: string | undefined): string {
  switch (reason) {
    case 'CAPABILITY_MISSING':
      return `There is no log. ${message ?? 'Nothing of this console was recorded.'}`;
    case 'SESSION_NOT_FOUND':
      return 'The session was not found; read again in a moment.';
    case 'DRIVER_UNAVAILABLE':
      return 'The log lies with a part of the service that does not answer at present.';
    default:
      return `The log cannot be read: ${message ?? reason}`;
  }
}

/** A moment by the clock of this computer: `2026-11-20 14:03:05`. */
export function clock(at: number): string {
  const time = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** A duration: `0:42`, `1:02:03`. */
export function span(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
