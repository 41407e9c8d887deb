import { type ConsoleLogEvent, ConsoleLogEventKind } from '@consolemesh/contracts/types';

/** What happened on a line, in words; undefined for what only a terminal needs. */
export function eventText(event: ConsoleLogEvent): string | undefined {
  const { kind, reason, message, bytes, generation } = event;
  switch (kind) {
    case ConsoleLogEventKind.STARTED:
      return `recording began (generation ${generation})`;
    case ConsoleLogEventKind.STOPPED:
      return 'recording ended';
    case ConsoleLogEventKind.LOST:
      return `the machine was lost${reason ? ` (${reason})` : ''}`;
    case ConsoleLogEventKind.RESTORED:
      return 'the machine is back';
    case ConsoleLogEventKind.BREAK:
      return 'a break was sent';
    case ConsoleLogEventKind.GAP:
      return `${bytes} bytes are missing. ${message}`.trim();
    case ConsoleLogEventKind.MISSING:
      return message || 'something is missing here';
    default:
      return undefined;
  }
}
