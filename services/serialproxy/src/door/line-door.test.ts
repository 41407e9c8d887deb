import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { selfSigned } from '@consolemesh/bytes/testing';
import { Role } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { silentLogger } from '@consolemesh/mesh';
import { createFrameReader, encodeFrames, frameType } from '@consolemesh/proxy/line-frames';
import { describe, expect, it } from 'vitest';
import { startBench } from '../testing.ts';
import { openLineDoor } from './open-line-door.ts';

const control = (message: object) => encodeFrames(frameType.control, Buffer.from(JSON.stringify(message)));
const data = (text: string) => encodeFrames(frameType.data, Buffer.from(text));

describe('a program at the line door', () => {
  it('shows a token, reads who it is, and has the line', async () => {
    await using bench = await startBench();
    const program = await bench.line(`consolemesh/1 token=${bench.issue()} size=132x50\nls\r`);
    expect(await program.text()).toMatch(/^consolemesh\/1 opened session=\S+ role=control node=node-1$/);
    const line = await bench.holder.next();
    expect(line.open.size).toMatchObject({ columns: 132, rows: 50 });
    expect((await line.typed(3)).toString()).toBe('ls\r');
    line.say(Buffer.from([0xff, 0x00, 0x0a]));
    expect(await program.bytes(3)).toEqual(Buffer.from([0xff, 0x00, 0x0a]));
    program.socket.destroy();
    await line.left;
    expect((await bench.conductor.hears('closed')).input?.bytes).toBe(3n);
  });

  it('that asks to watch only watches, whatever its token allows', async () => {
    await using bench = await startBench();
    const program = await bench.line(`consolemesh/1 token=${bench.issue()} role=view\nreboot`);
    expect(await program.text()).toContain('role=view');
    const line = await bench.holder.next();
    expect(line.open.role).toBe(Role.VIEW);
    program.socket.end();
    await line.left;
    expect(await Promise.race([line.typed(1), Promise.resolve('nothing')])).toBe('nothing');
  });

  it('reads a reason and words when it is refused, and the same limits as everybody', async () => {
    await using bench = await startBench({ limits: { openings: { burst: 2, perSecond: 0.001 } } });
    const error = new MeshError('TOKEN_EXPIRED');
    const refused = await bench.line(`consolemesh/1 token=${bench.issue({ error })}\n`);
    expect((await refused.rest()).toString()).toBe(`consolemesh/1 refused TOKEN_EXPIRED ${error.message}\n`);
    await bench.line(`consolemesh/1 token=${bench.issue()}\n`);
    await bench.holder.next();
    const third = await bench.line(`consolemesh/1 token=${bench.issue()}\n`);
    expect((await third.rest()).toString()).toMatch(/^consolemesh\/1 refused RATE_LIMITED .+\n$/);
    expect(bench.proxy.counters.refused.get('RATE_LIMITED')).toBe(1);
  });

  it.each([
    ['GET / HTTP/1.1\r\n', 'PROTOCOL_VIOLATION The first line has to begin'],
    [`consolemesh/1 token=${'x'.repeat(1024)}`, 'PROTOCOL_VIOLATION The first line is longer'],
  ])('that says %.20s… is told what to say', async (first, words) => {
    await using bench = await startBench();
    const program = await bench.line(first);
    expect((await program.rest()).toString()).toContain(`consolemesh/1 refused ${words}`);
  });

  it('that says nothing is cut off', async () => {
    await using bench = await startBench({ limits: { handshakeMs: 50 } });
    const program = await bench.line('consolemesh/1 tok');
    expect((await program.rest()).toString()).toContain('consolemesh/1 refused HANDSHAKE_TIMEOUT');
  });

  it('reads a line of words when the machine is lost and when it is over', async () => {
    await using bench = await startBench();
    const program = await bench.line(`consolemesh/1 token=${bench.issue()}\n`);
    await program.text();
    const line = await bench.holder.next();
    line.tell({ $case: 'upstreamLost', value: { reason: 'BMC_TIMEOUT', message: 'No answer.' } });
    line.close('CONSOLE_DISABLED', 'Off it goes.');
    expect((await program.rest()).toString()).toBe(
      '\r\n[consolemesh] No answer.\r\n\r\n[consolemesh] Off it goes.\r\n',
    );
  });
});

describe('a program that speaks in frames', () => {
  it('has the same messages as a page beside the bytes, and may come back with its ticket', async () => {
    await using bench = await startBench();
    const program = await bench.line(`consolemesh/1 token=${bench.issue()} mode=frames\n`);
    expect(await program.text()).toContain('opened');
    const told: (string | Buffer)[] = [];
    const reader = createFrameReader(
      {
        data: (bytes) => told.push(Buffer.from(bytes)) > 0,
        control: (text) => told.push(text),
        tooLong: () => {},
      },
      16_384,
    );
    const line = await bench.holder.next();
    program.socket.write(
      Buffer.concat([data('l'), control({ type: 'break' }), data('s'), control({ type: 'later-version' })]),
    );
    expect((await line.control()).$case).toBe('break');
    expect((await line.typed(2)).toString()).toBe('ls');
    line.say('bin');
    line.tell({ $case: 'left', value: { sessionId: 'you' } });
    line.close('DRAINING', 'Back soon.');
    reader.push(await program.rest());
    const [opened, ...rest] = told;
    const { resume, ...info } = JSON.parse(String(opened));
    expect(info).toMatchObject({ type: 'opened', kind: 'serial', viewers: [], size: null });
    expect(rest.map((one) => (Buffer.isBuffer(one) ? one.toString() : JSON.parse(one)))).toEqual([
      'bin',
      { type: 'left', session: 'you' },
      { type: 'closing', reason: 'DRAINING', message: 'Back soon.', canResume: true, retryAfterMs: null },
    ]);
    const again = await bench.line(`consolemesh/1 resume=${resume} mode=frames\n`);
    expect(await again.text()).toContain(`session=${info.session}`);
  });

  it('is ended when a control message is malformed', async () => {
    await using bench = await startBench();
    const program = await bench.line(`consolemesh/1 token=${bench.issue()} mode=frames\n`);
    await bench.holder.next();
    program.socket.write(encodeFrames(frameType.control, Buffer.from('{')));
    expect((await program.rest()).toString()).toContain('"reason":"PROTOCOL_VIOLATION"');
  });

  it('moves megabytes both ways intact', async () => {
    await using bench = await startBench();
    const program = await bench.line(`consolemesh/1 token=${bench.issue()} mode=frames\n`);
    await program.text();
    const line = await bench.holder.next();
    const much = Buffer.alloc(3_000_000);
    for (let i = 0; i < much.length; i += 4) much.writeUInt32LE(i, i);
    program.socket.write(encodeFrames(frameType.data, much));
    expect((await line.typed(much.length)).equals(much)).toBe(true);
    for (let at = 0; at < much.length; at += 60_000) line.say(much.subarray(at, at + 60_000));
    line.close('');
    const parts: Buffer[] = [];
    const reader = createFrameReader(
      { data: (bytes) => parts.push(Buffer.from(bytes)) > 0, control: () => {}, tooLong: () => {} },
      16_384,
    );
    reader.push(await program.rest());
    expect(Buffer.concat(parts).equals(much)).toBe(true);
  });
});

describe('TLS of the line door', () => {
  it('is required elsewhere than on loopback', async () => {
    const door = openLineDoor({
      listen: { host: '0.0.0.0', port: 0 },
      tls: undefined,
      handshakeMs: 1_000,
      maxConnections: 1,
      logger: silentLogger,
      serveClient: async () => {},
    });
    await expect(door).rejects.toThrow('needs a certificate');
  });

  it('carries the line, for a program of ours and for `openssl s_client`', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'consolemesh-line-'));
    try {
      const { cert, key } = selfSigned('console.test');
      const [certificateFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
      await Promise.all([writeFile(certificateFile, cert), writeFile(keyFile, key)]);
      const tls = { certificateFile, keyFile, minimumVersion: 'TLSv1.2' as const, ciphers: undefined };
      await using bench = await startBench({ line: { listen: { host: '127.0.0.1', port: 0 }, tls } });
      const port = Number(bench.proxy.lineAddress?.split(':').at(-1));
      const socket = connectTls({ port, host: '127.0.0.1', ca: cert, servername: 'console.test' });
      socket.write(`consolemesh/1 token=${bench.issue()}\n`);
      (await bench.holder.next()).close('', '');
      const parts: Buffer[] = [];
      for await (const part of socket) parts.push(part as Buffer);
      expect(Buffer.concat(parts).toString()).toMatch(/^consolemesh\/1 opened .+\n\r\n\[consolemesh\]/);

      const words = [
        's_client',
        '-quiet',
        '-verify_quiet',
        '-CAfile',
        certificateFile,
        '-connect',
        `127.0.0.1:${port}`,
      ];
      const openssl = execFile('openssl', words);
      openssl.stdin?.write(`consolemesh/1 token=${bench.issue()}\n`);
      const line = await bench.holder.next();
      openssl.stdin?.write('uname\n');
      expect((await line.typed(6)).toString()).toBe('uname\n');
      line.say('Linux\n');
      line.close('', '');
      const printed = (await openssl.stdout?.setEncoding('utf8').toArray())?.join('');
      expect(printed).toContain('Linux\n');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
