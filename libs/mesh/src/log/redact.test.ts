import { Writable } from 'node:stream';
import { secretFieldNames } from '@consolemesh/contracts';
import { CreateConsoleUrlResponse } from '@consolemesh/contracts/conductor';
import { StartConsoleRequest } from '@consolemesh/contracts/driver';
import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';
import { redact } from './redact.ts';

const canary = 'canary-5f1c';

describe('redaction', () => {
  it('masks what the contracts mark as secret, wherever it lies, and keeps the rest', () => {
    const request = StartConsoleRequest.create({
      context: {
        node: { nodeName: 'n1', driverInfo: { vnc_port: '5900' }, driverSecrets: { vnc_password: canary } },
      },
      consolePassword: canary,
      attachKey: Buffer.from(canary),
    });
    const text = JSON.stringify(redact({ call: [request], token: canary, resume_ticket: canary }));
    expect(text).not.toContain(canary);
    expect(text).not.toContain(Buffer.from(canary).toString('base64'));
    expect(text).toContain('n1');
    expect(text).toContain('5900');
  });

  it('reads the marks from the descriptors', () => {
    const names = secretFieldNames();
    for (const name of ['driverSecrets', 'token', 'attachKey', 'restoreState']) expect(names).toContain(name);
    expect(names).not.toContain('nodeName');
  });

  it('survives cycles, depth, length, errors with causes and big integers', () => {
    const loop: Record<string, unknown> = { generation: 7n, long: 'x'.repeat(10_000) };
    loop.self = loop;
    const text = JSON.stringify(redact({ loop, error: new Error('outer', { cause: new Error('inner') }) }));
    expect(text.length).toBeLessThan(20_000);
    expect(text).toContain('inner');
  });

  it('stands between every log line and its destination', () => {
    let text = '';
    const sink = new Writable({
      write(chunk, _encoding, done) {
        text += chunk;
        done();
      },
    });
    const logger = createLogger('test', 'debug', sink);
    logger
      .child({ password: canary })
      .info({ answer: CreateConsoleUrlResponse.create({ url: canary, token: canary }) }, 'made a URL');
    expect(text).toContain('made a URL');
    expect(text).not.toContain(canary);
  });
});
