import { bytes, duration, filePath } from '@consolemesh/config';
import type { ConsoleLogOptions } from './open-console-logs.ts';

/** Settings of a driver that can record serial consoles, beside those that every driver has. */
export const consoleLogSettings = {
  consoleLogDir: filePath({
    env: 'CONSOLEMESH_CONSOLE_LOG_DIR',
    optional: true,
    doc: 'Folder, of this instance alone, for what serial consoles with `console_log` say; without it none can be recorded.',
  }),
  consoleLogPerConsole: bytes({
    env: 'CONSOLEMESH_CONSOLE_LOG_PER_CONSOLE',
    default: '64MiB',
    min: '1MiB',
    doc: 'Most that is kept of one console; the oldest goes first.',
  }),
  consoleLogTotal: bytes({
    env: 'CONSOLEMESH_CONSOLE_LOG_TOTAL',
    default: '4GiB',
    min: '4MiB',
    doc: 'Most that is kept of all consoles together; the oldest goes first.',
  }),
  consoleLogKeep: duration({
    env: 'CONSOLEMESH_CONSOLE_LOG_KEEP',
    default: '30d',
    min: '1h',
    doc: 'How long it is kept at most, also after its node was deleted.',
  }),
  consoleLogSegment: bytes({
    env: 'CONSOLEMESH_CONSOLE_LOG_SEGMENT',
    default: '8MiB',
    min: '64KiB',
    doc: 'A file that is larger is followed by another; at most a quarter of what one console may keep.',
  }),
  consoleLogSegmentAge: duration({
    env: 'CONSOLEMESH_CONSOLE_LOG_SEGMENT_AGE',
    default: '24h',
    min: '1m',
    doc: 'A file that is older is followed by another.',
  }),
};

/** What those settings say, as `serveDriver` takes it; undefined when nothing can be recorded. */
export function consoleLogOf(config: {
  readonly consoleLogDir?: string | undefined;
  readonly consoleLogPerConsole: number;
  readonly consoleLogTotal: number;
  readonly consoleLogKeep: number;
  readonly consoleLogSegment: number;
  readonly consoleLogSegmentAge: number;
}): ConsoleLogOptions | undefined {
  if (config.consoleLogDir === undefined) return undefined;
  return {
    folder: config.consoleLogDir,
    consoleBytes: config.consoleLogPerConsole,
    totalBytes: config.consoleLogTotal,
    keepMs: config.consoleLogKeep,
    segmentBytes: Math.min(config.consoleLogSegment, Math.floor(config.consoleLogPerConsole / 4)),
    segmentMs: config.consoleLogSegmentAge,
  };
}
