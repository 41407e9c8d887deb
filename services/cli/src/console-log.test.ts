import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReadConsoleLogRequest } from '@consolemesh/contracts/conductor';
import { ConsoleLogEventKind } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { fromTimestamp, toTimestamp } from '@consolemesh/mesh';
import { expect, test } from 'vitest';
import { startFakeApi } from './testing.ts';

const at = (ms: number) => toTimestamp(1_700_000_000_000 + ms);
const pieces = [
  { at: at(0), event: { kind: ConsoleLogEventKind.STARTED, generation: 3n, columns: 80, rows: 24 } },
  { at: at(100), data: Buffer.from('\x1b[32mOK\x1b[0m ü'.slice(0, -1)) },
  { at: at(200), data: Buffer.of(0xc3) },
  { at: at(1_300), data: Buffer.from([0xbc, 0x0d, 0x0a]) },
  { at: at(2_000), event: { kind: ConsoleLogEventKind.RESIZED, columns: 132, rows: 50 } },
  { at: at(2_500), event: { kind: ConsoleLogEventKind.LOST, reason: 'BMC_TIMEOUT' } },
  { at: at(3_000), data: Buffer.from('login: ') },
];

/** Its log has these pieces; a reading ends with the error, if there is one. */
async function apiWith(asked: ReadConsoleLogRequest[] = [], error?: MeshError, given = pieces) {
  return startFakeApi({
    consoles: {
      async *readConsoleLog(request) {
        asked.push(request);
        yield* given;
        if (error) throw error;
      },
    },
  });
}

test('a log is printed as lines with times, and what happened between them', async () => {
  await using api = await apiWith();
  const { code, stdout } = await api.run('console log n1');
  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual([
    '2023-11-14T22:13:20.000Z [recording began (generation 3)]',
    '2023-11-14T22:13:20.100Z OK ü',
    '2023-11-14T22:13:22.500Z [the machine was lost (BMC_TIMEOUT)]',
    '2023-11-14T22:13:23.000Z login:',
    '',
  ]);
  const json = (await api.run('console log n1 -o json')).stdout.trim().split('\n');
  expect(json.map((line) => JSON.parse(line))).toContainEqual({
    at: '2023-11-14T22:13:20.100Z',
    text: 'OK ü',
  });
});

test('raw, it is every byte, and what happened goes to standard error', async () => {
  await using api = await apiWith();
  const { stdout, stderr } = await api.run('console log n1 --raw');
  expect(stdout).toBe(Buffer.concat(pieces.flatMap(({ data }) => data ?? [])).toString('latin1'));
  expect(stderr).toContain('the machine was lost');
  expect((await api.run('console log n1 --raw -q')).stderr).toBe('');
});

test('as asciicast, it is a file that plays at its own pace, with whole characters and sizes', async () => {
  await using api = await apiWith();
  const folder = await mkdtemp(join(tmpdir(), 'consolemesh-cast-'));
  try {
    const file = join(folder, 'n1.cast');
    expect((await api.run(['console', 'log', 'n1', '--asciicast', file])).code).toBe(0);
    const [header, ...events] = (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(header).toEqual({ version: 2, width: 80, height: 24, timestamp: 1_700_000_000, title: 'n1' });
    expect(events).toEqual([
      [0, 'm', 'recording began (generation 3)'],
      [0.1, 'o', '\x1b[32mOK\x1b[0m '],
      [1.3, 'o', 'ü\r\n'],
      [2, 'r', '132x50'],
      [2.5, 'm', 'the machine was lost (BMC_TIMEOUT)'],
      [3, 'o', 'login: '],
    ]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const again = await api.run(['console', 'log', 'n1', '--asciicast', file]);
    expect([again.code, again.stderr]).toEqual([4, expect.stringContaining('exists already')]);
    expect((await api.run('console log n1 --asciicast -')).stdout).toContain('"version":2');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a recording whose reading broke off can be played as far as it came, and the error is told', async () => {
  await using api = await apiWith([], new MeshError('DRIVER_UNAVAILABLE', 'The holder has gone.'));
  const folder = await mkdtemp(join(tmpdir(), 'consolemesh-cast-'));
  try {
    const file = join(folder, 'n1.cast');
    const { code, stderr } = await api.run(['console', 'log', 'n1', '--asciicast', file]);
    expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining('The holder has gone.')]);
    expect(code).not.toBe(0);
    expect(stderr).not.toContain('Written to');
    expect(JSON.parse((await readFile(file, 'utf8')).trim().split('\n').at(-1)!)).toEqual([
      3,
      'o',
      'login: ',
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a part is asked for by time, and contradictions are refused', async () => {
  const asked: ReadConsoleLogRequest[] = [];
  await using api = await apiWith(asked);
  await api.run('console log n1 --since 2026-01-01T00:00Z --until 2026-01-02T00:00Z');
  expect([asked[0]?.since, asked[0]?.until].map((time) => time && fromTimestamp(time))).toEqual([
    Date.parse('2026-01-01T00:00Z'),
    Date.parse('2026-01-02T00:00Z'),
  ]);
  await api.run('console log n1 --since 1h --follow');
  expect(asked[1]?.follow).toBe(true);
  expect((await api.run('console log n1 --follow --until 1h')).code).toBe(2);
  expect((await api.run('console log n1 --raw --plain')).code).toBe(2);
  expect((await api.run('console log n1 --since yesterday')).stderr).toContain('--since yesterday');
});

test('a console that was never recorded ends with words and the code for that', async () => {
  await using api = await apiWith([], new MeshError('CAPABILITY_MISSING', 'Nothing was recorded.'), []);
  const { code, stderr } = await api.run('console log n1');
  expect([code, stderr]).toEqual([8, expect.stringContaining('Nothing was recorded.')]);
});
