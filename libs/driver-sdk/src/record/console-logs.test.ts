import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { silentLogger } from '@consolemesh/mesh';
import { fc, it as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { manualClock } from '../hub/testing/manual-clock.ts';
import type { LogPiece } from './read-log.ts';
import { openLogs, temporaryFolder, textOf } from './testing/open-logs.ts';

const say = (text: string) => Buffer.from(text, 'latin1');

describe('a recorded line', () => {
  it('is read as it was said, with what happened on it', async () => {
    await using folder = await temporaryFolder();
    const { logs, read } = await openLogs(folder.path);
    await using _ = logs;
    const { observer, end } = logs.record('c', 1n);
    observer.bytes?.(say('boot\r\n'), 1000);
    observer.event?.({ $case: 'resized', value: { size: { columns: 132, rows: 50 } } }, 1001);
    observer.event?.({ $case: 'upstreamLost', value: { reason: 'BMC_TIMEOUT', message: 'gone' } }, 1002);
    observer.event?.({ $case: 'upstreamRestored', value: {} }, 1003);
    observer.event?.({ $case: 'break' }, 1004);
    observer.event?.({ $case: 'left', value: { sessionId: 'somebody' } }, 1005);
    observer.bytes?.(say('login: '), 1006);
    await end();
    observer.bytes?.(say('too late'), 1007);
    const { text, events } = await read();
    expect(text).toBe('boot\r\nlogin: ');
    expect(events).toEqual([
      { kind: 'started', generation: 1n, columns: 80, rows: 24 },
      { kind: 'resized', columns: 132, rows: 50 },
      { kind: 'lost', reason: 'BMC_TIMEOUT' },
      { kind: 'restored' },
      { kind: 'break' },
      { kind: 'stopped' },
    ]);
  });

  it('begins each incarnation with the size that its line begins with, also while it is followed', async () => {
    await using folder = await temporaryFolder();
    const { logs, read } = await openLogs(folder.path);
    await using _ = logs;
    const first = logs.record('c', 1n);
    first.observer.event?.({ $case: 'resized', value: { size: { columns: 132, rows: 50 } } }, 1000);
    const second = logs.record('c', 2n);
    await first.end();
    await second.end();
    expect((await read()).events.filter(({ kind }) => kind === 'started')).toEqual([
      { kind: 'started', generation: 1n, columns: 80, rows: 24 },
      { kind: 'started', generation: 2n, columns: 80, rows: 24 },
    ]);
  });

  it('is in its files within a second, whatever becomes of the process', async () => {
    await using folder = await temporaryFolder();
    const clock = manualClock();
    const { logs } = await openLogs(folder.path, {}, clock);
    await using _ = logs;
    const { observer } = logs.record('c', 1n);
    observer.bytes?.(say('panic: '), clock.now());
    clock.advance(999);
    /** What somebody finds there who comes after this process. */
    const found = async () => {
      const later = await openLogs(folder.path);
      await using _ = later.logs;
      return (await later.read()).text;
    };
    await expect.poll(found).toBe('panic: ');
    observer.bytes?.(say('not syncing'), clock.now());
    clock.advance(999);
    await expect.poll(found).toBe('panic: not syncing');
  });

  it('is for the eyes of its owner only', async () => {
    await using folder = await temporaryFolder();
    const { logs } = await openLogs(join(folder.path, 'logs'));
    const { end } = logs.record('c', 1n);
    await end();
    await logs[Symbol.asyncDispose]();
    const modeOf = async (...path: string[]) => (await stat(join(folder.path, 'logs', ...path))).mode & 0o777;
    expect([await modeOf(), await modeOf('c')]).toEqual([0o700, 0o700]);
    for (const name of await readdir(join(folder.path, 'logs', 'c')))
      expect(await modeOf('c', name)).toBe(0o600);
  });

  it('of a console whose id means something to a file system stays in the folder', async () => {
    await using folder = await temporaryFolder();
    const { logs } = await openLogs(join(folder.path, 'logs'));
    await logs.record('..', 1n).end();
    await logs[Symbol.asyncDispose]();
    expect(await readdir(folder.path)).toEqual(['logs']);
    expect(await readdir(join(folder.path, 'logs'))).toEqual(['%2e2e']);
  });

  it('goes on over generations and processes, and says where it was interrupted', async () => {
    await using folder = await temporaryFolder();
    const first = await openLogs(folder.path);
    first.logs.record('c', 1n).observer.bytes?.(say('one '), Date.now());
    await first.logs[Symbol.asyncDispose]();
    const { logs, read } = await openLogs(folder.path);
    await using _ = logs;
    const again = logs.record('c', 1n);
    again.observer.bytes?.(say('two '), Date.now());
    await again.end();
    await logs.record('c', 2n).end();
    await logs.record('c', 5n).end();
    const { text, events } = await read();
    expect(text).toBe('one two ');
    const said = events.map((event) => (event.kind === 'missing' ? event.message : event.kind));
    expect(said).toEqual([
      'started',
      expect.stringMatching(/^Recording broke off at \d.+another instance/),
      'started',
      'stopped',
      'started',
      'stopped',
      expect.stringContaining('Generations between 2 and 5 are not here'),
      'started',
      'stopped',
    ]);
  });

  it('that begins with a later generation says that something may lie elsewhere', async () => {
    await using folder = await temporaryFolder();
    const { logs, read } = await openLogs(folder.path);
    await using _ = logs;
    await logs.record('c', 3n).end();
    expect((await read()).events.map(({ kind }) => kind)).toEqual(['missing', 'started', 'stopped']);
  });

  it('is read from a time on, and up to one', async () => {
    await using folder = await temporaryFolder();
    const clock = manualClock();
    const begin = clock.now();
    const { logs, read } = await openLogs(folder.path, { segmentMs: 1000 }, clock);
    await using _ = logs;
    const { observer } = logs.record('c', 1n);
    for (let i = 0; i < 30; i += 1) {
      observer.bytes?.(say(`${i} `), begin + i * 100);
      if (i % 5 === 4) await read();
    }
    expect((await read({ since: begin + 1700, until: begin + 2200 })).text).toBe('17 18 19 20 21 ');
    expect((await read({ since: begin + 1700 })).events).toEqual([
      { kind: 'resized', columns: 80, rows: 24 },
    ]);
    expect((await read({ since: begin + 99_999 })).text).toBe('');
    expect((await readdir(join(folder.path, 'c'))).length).toBeGreaterThan(4);
  });

  it('is followed without a gap and without a word said twice, whatever rotates meanwhile', async () => {
    await using folder = await temporaryFolder();
    const { logs } = await openLogs(folder.path, { segmentBytes: 600 });
    await using _ = logs;
    const recording = logs.record('c', 1n);
    const words = Array.from({ length: 300 }, (_, i) => `${i} `);
    const heard: LogPiece[] = [];
    const stop = new AbortController();
    const follow = async () => {
      for await (const piece of logs.read('c', { follow: true }, stop.signal)) {
        heard.push(piece);
        if ('event' in piece && piece.event.kind === 'stopped') stop.abort();
      }
    };
    let at = Date.now();
    for (const word of words.slice(0, 100)) {
      at += 60;
      recording.observer.bytes?.(say(word), at);
    }
    const following = follow();
    for (const word of words.slice(100)) {
      at += 60;
      recording.observer.bytes?.(say(word), at);
      await new Promise(setImmediate);
    }
    await recording.end();
    await following;
    expect(textOf(heard)).toBe(words.join(''));
  });

  it('can be followed before it begins', async () => {
    await using folder = await temporaryFolder();
    const { logs } = await openLogs(folder.path);
    await using _ = logs;
    const following = logs.read('c', { follow: true }, AbortSignal.timeout(10_000));
    const first = following.next();
    const { end } = logs.record('c', 1n);
    expect((await first).value).toMatchObject({ event: { kind: 'started' } });
    await following.return(undefined);
    await end();
  });
});

describe('the bounds of logs', () => {
  const filled = async (folder: string, limits: object) => {
    const opened = await openLogs(folder, { segmentBytes: 10_000, ...limits });
    return {
      ...opened,
      async fill(console: string, kilobytes: number) {
        const recording = opened.logs.record(console, 1n);
        for (let i = 0; i < kilobytes; i += 1) {
          recording.observer.bytes?.(Buffer.alloc(1024, 65 + (i % 26)), Date.now());
          if (i % 5 === 4)
            for await (const _ of opened.logs.read(
              console,
              { follow: false, since: Date.now() * 2 },
              AbortSignal.timeout(5000),
            ));
        }
        await recording.end();
      },
    };
  };

  it('keep the newest of one console', async () => {
    await using folder = await temporaryFolder();
    const { logs, fill } = await filled(folder.path, { consoleBytes: 40_000 });
    await fill('c', 200);
    await logs[Symbol.asyncDispose]();
    expect(logs.bytes).toBeLessThanOrEqual(40_000);
    const again = await openLogs(folder.path);
    const { text, events } = await again.read();
    expect(text.length).toBeGreaterThan(15_000);
    expect(text.at(-1)).toBe(String.fromCharCode(65 + (199 % 26)));
    expect(events[0]).toMatchObject({ kind: 'missing', message: expect.stringContaining('deleted') });
    await again.logs[Symbol.asyncDispose]();
  });

  it('hold for all consoles together, those that are being written included', async () => {
    await using folder = await temporaryFolder();
    const { logs, fill } = await filled(folder.path, { totalBytes: 60_000 });
    for (const console of ['a', 'b', 'c', 'd']) await fill(console, 40);
    const last = logs.record('e', 1n);
    last.observer.bytes?.(Buffer.alloc(1000), Date.now());
    await logs[Symbol.asyncDispose]();
    expect(logs.bytes).toBeLessThanOrEqual(60_000);
    const left = await readdir(folder.path);
    expect(left).toContain('e');
    expect(left).not.toContain('a');
  });

  it('hold for the others when a segment cannot be deleted, which is said once', async () => {
    await using folder = await temporaryFolder();
    // Nothing that `unlink` takes.
    await mkdir(join(folder.path, 'a', '1.log'), { recursive: true });
    for (const name of ['a/1.index', 'b/2.index', 'b/2.log']) {
      await mkdir(join(folder.path, dirname(name)), { recursive: true });
      await writeFile(join(folder.path, name), '');
    }
    const said: unknown[] = [];
    const logger = new Proxy(silentLogger, {
      get: (target, name) =>
        name === 'warn' ? (_: object, text: string) => said.push(text) : Reflect.get(target, name),
    });
    const { logs } = await openLogs(folder.path, { totalBytes: 1 }, undefined, logger);
    await using _ = logs;
    expect(await readdir(folder.path)).toEqual(['a']);
    expect(said).toEqual([expect.stringContaining('could not be deleted')]);
  });

  it('let go of what is too old, also of consoles that nobody records any more', async () => {
    await using folder = await temporaryFolder();
    const clock = manualClock();
    const { logs } = await openLogs(folder.path, { keepMs: 1_000_000 }, clock);
    await logs.record('c', 1n).end();
    expect(await logs.has('c')).toBe(true);
    clock.advance(2_000_000);
    await logs[Symbol.asyncDispose]();
    expect(await readdir(folder.path)).toEqual([]);
  });
});

describe('a disk that takes nothing', () => {
  it('pauses the recording, which says how much is missing when it goes on', async () => {
    await using folder = await temporaryFolder();
    const said: string[] = [];
    const logger = {
      warn: (_: object, text: string) => said.push(text),
      info: (_: object, text: string) => said.push(text),
    };
    const { logs, read } = await openLogs(folder.path, { retryMs: 20 }, undefined, logger as never);
    await using _ = logs;
    // What stands in the way of the folder of this console.
    await writeFile(join(folder.path, 'c'), '');
    const { observer, end } = logs.record('c', 1n);
    observer.bytes?.(say('lost'), Date.now());
    await expect.poll(() => logs.paused).toBe(1);
    observer.bytes?.(say('lost too'), Date.now());
    await rm(join(folder.path, 'c'));
    await expect.poll(() => logs.paused).toBe(0);
    observer.bytes?.(say('kept'), Date.now());
    await end();
    const { text, events } = await read();
    expect(text).toBe('kept');
    const gaps = events.flatMap((event) => (event.kind === 'gap' ? [event.bytes] : []));
    expect(gaps.reduce((sum, bytes) => sum + bytes, 0)).toBe('lostlost too'.length);
    expect(events.map(({ kind }) => kind)).toContain('started');
    expect(said).toEqual([expect.stringContaining('paused'), expect.stringContaining('goes on')]);
  });
});

it('a damaged place of a log costs that place and nothing behind it', async () => {
  await using folder = await temporaryFolder();
  const first = await openLogs(folder.path);
  const { observer } = first.logs.record('c', 1n);
  for (const [i, word] of ['one ', 'two ', 'three '].entries()) {
    observer.bytes?.(say(word), Date.now() + i * 1000);
  }
  await first.logs[Symbol.asyncDispose]();
  const names = await readdir(join(folder.path, 'c'));
  const log = join(folder.path, 'c', names.find((name) => name.endsWith('.log'))!);
  const bytes = await readFile(log);
  bytes[5] = 0;
  await writeFile(log, bytes);
  const { logs, read } = await openLogs(folder.path);
  await using _ = logs;
  await logs.record('c', 2n).end();
  expect((await read()).text).toBe('one three ');
});

describe('a log whose writer died', () => {
  property.prop(
    [
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 12 }),
      fc.nat(),
      fc.nat(),
      fc.option(fc.uint8Array({ minLength: 1, maxLength: 80 })),
    ],
    { numRuns: 25 },
  )('loses what was not finished, invents nothing and goes on', async (chunks, logCut, indexCut, junk) => {
    await using folder = await temporaryFolder();
    const first = await openLogs(folder.path, { segmentBytes: 400 });
    const { observer } = first.logs.record('c', 1n);
    let at = Date.now();
    for (const chunk of chunks) {
      at += 100;
      observer.bytes?.(Buffer.from(chunk), at);
      await first.read();
    }
    await first.logs[Symbol.asyncDispose]();

    // The newest segment ends anywhere, each file for itself, and the disk may have left something behind.
    const names = (await readdir(join(folder.path, 'c'))).sort(
      (a, b) => Number(a.split('.')[0]) - Number(b.split('.')[0]),
    );
    const newest = names.at(-1)!.split('.')[0]!;
    const [log, index] = ['log', 'index'].map((kind) => join(folder.path, 'c', `${newest}.${kind}`)) as [
      string,
      string,
    ];
    const { size: logSize } = await stat(log);
    const { size: indexSize } = await stat(index);
    const [logLeft, indexLeft] = [logCut % (logSize + 1), indexCut % (indexSize + 1)];
    await truncate(log, logLeft);
    await truncate(index, indexLeft);
    if (junk) await writeFile(index, Buffer.concat([await readFile(index), Buffer.from(junk)]));

    const whole = Buffer.concat(chunks).toString('latin1');
    const inNewest = logSize;
    const { logs, read } = await openLogs(folder.path);
    const readBefore = (await read()).text;
    expect(whole.startsWith(readBefore)).toBe(true);
    // Everything before the newest segment is there, and of it everything that both files still hold whole.
    expect(readBefore.length).toBeGreaterThanOrEqual(whole.length - inNewest);
    if (logLeft === logSize && indexLeft === indexSize) expect(readBefore).toBe(whole);
    const again = logs.record('c', 2n);
    again.observer.bytes?.(say('AGAIN'), at + 1000);
    await again.end();
    expect((await read()).text).toBe(`${readBefore}AGAIN`);
    await logs[Symbol.asyncDispose]();
    // Repaired: the file of bytes holds what the index says and nothing else.
    expect((await stat(index)).size % 64).toBe(0);
  });
});

it('a folder that cannot be used is named at the start', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'x'));
  await writeFile(join(folder.path, 'x', 'file'), '');
  await expect(openLogs(join(folder.path, 'x', 'file'))).rejects.toThrow(
    /folder for console logs, .+file, cannot be used/,
  );
});
