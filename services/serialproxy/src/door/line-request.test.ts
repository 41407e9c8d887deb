import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { longestRequest, openedLine, parseLineRequest, refusedLine } from './line-request.ts';
import { readFirstLine } from './read-first-line.ts';

describe('the first line', () => {
  it('says token, role, size, mode and whether to take over', () => {
    expect(
      parseLineRequest('consolemesh/1 token=a=b role=view size=132x50 mode=frames takeover=yes'),
    ).toEqual({
      wish: { credential: { token: 'a=b' }, watch: true, takeOver: true },
      size: { columns: 132, rows: 50 },
      mode: 'frames',
    });
    expect(parseLineRequest('consolemesh/1  resume=t  colour=blue --verbose')).toEqual({
      wish: { credential: { resume: 't' }, watch: false, takeOver: false },
      size: undefined,
      mode: 'raw',
    });
  });

  it.each([
    ['', 'has to begin'],
    ['GET / HTTP/1.1', 'has to begin'],
    ['consolemesh/2 token=a', 'has to begin'],
    ['consolemesh/1', 'needs a token'],
    ['consolemesh/1 token=a resume=b', 'needs a token'],
    ['consolemesh/1 token=a role=admin', 'role is'],
    ['consolemesh/1 token=a mode=telnet', 'mode is'],
    ['consolemesh/1 token=a size=80', 'size is'],
    ['consolemesh/1 token=a size=0x24', 'size is'],
    ['consolemesh/1 token=a size=1001x24', 'size is'],
  ])('%j is refused in words', (line, words) => {
    expect(parseLineRequest(line)).toContain(words);
  });

  it('is answered in one line, the name of the node without spaces', () => {
    const opened = { session: 's-1', role: 'view', node: 'rack 4\n' } as never;
    expect(openedLine(opened).toString()).toBe(
      'consolemesh/1 opened session=s-1 role=view node=rack%204%0A\n',
    );
    expect(refusedLine('TOKEN_EXPIRED', 'Too late.').toString()).toBe(
      'consolemesh/1 refused TOKEN_EXPIRED Too late.\n',
    );
  });
});

describe('reading the first line', () => {
  const limits = { longest: longestRequest, ms: 60_000 };

  it.each(['hello\nrest', 'hello\r\nrest'])('leaves what follows in the stream (%j)', async (text) => {
    const stream = new PassThrough();
    stream.write(text);
    expect(await readFirstLine(stream, limits)).toEqual({ line: 'hello' });
    expect(String(stream.read())).toBe('rest');
  });

  it('takes one byte at a time', async () => {
    const stream = new PassThrough();
    const reading = readFirstLine(stream, limits);
    for (const byte of Buffer.from('h\u00e9llo\n')) {
      stream.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await reading).toEqual({ line: 'h\u00e9llo' });
    expect(stream.read()).toBeNull();
  });

  it('bears so many bytes with the end of the line and not one more', async () => {
    const fits = new PassThrough();
    fits.write(`${'x'.repeat(longestRequest - 1)}\n`);
    expect(await readFirstLine(fits, limits)).toEqual({ line: 'x'.repeat(longestRequest - 1) });
    const over = new PassThrough();
    over.write(`${'x'.repeat(longestRequest)}\n`);
    expect(await readFirstLine(over, limits)).toEqual({ problem: 'too-long' });
    const endless = new PassThrough();
    endless.write('x'.repeat(longestRequest));
    expect(await readFirstLine(endless, limits)).toEqual({ problem: 'too-long' });
  });

  it('ends when the client leaves, and when its time is over', async () => {
    const leaving = new PassThrough();
    leaving.end('half a');
    expect(await readFirstLine(leaving, limits)).toEqual({ problem: 'gone' });
    expect(await readFirstLine(new PassThrough(), { ...limits, ms: 1 })).toEqual({ problem: 'too-late' });
  });
});
