import { selfSigned } from '@consolemesh/bytes/testing';
import { TlsMode, TlsVerification } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { RfbError } from '@consolemesh/rfb';
import { describe, expect, it } from 'vitest';
import { startBench, startMachine, tcpEndpoint } from './testing.ts';
import { rfbUpstreamError } from './upstream-error.ts';

/** Opens a console that cannot be reached and answers what the page reads. */
async function closing(bench: Awaited<ReturnType<typeof startBench>>) {
  const page = await bench.page();
  page.send({ type: 'open', token: bench.tokens.issue() });
  for (;;) {
    const message = await page.message<{
      type: string;
      reason: string;
      message: string;
      canResume: boolean;
    }>();
    if (message.type === 'closing') return message;
    expect(message.type).toBe('resume');
  }
}

describe('a machine that cannot be reached', () => {
  it('refuses: the page reads BMC_REFUSED, and the place is given back', async () => {
    await using bench = await startBench();
    const gone = await startMachine();
    await gone[Symbol.asyncDispose]();
    bench.conductor.endpoint = gone.endpoint;
    expect(await closing(bench)).toMatchObject({ reason: 'BMC_REFUSED', canResume: false });
    expect(await bench.conductor.hears('closed')).toMatchObject({ reason: 'BMC_REFUSED', resumable: true });
  });

  it('has a name that nobody knows: BMC_NAME_NOT_FOUND', async () => {
    await using bench = await startBench();
    bench.conductor.endpoint = tcpEndpoint(5900, 'no-such-machine.invalid');
    expect((await closing(bench)).reason).toBe('BMC_NAME_NOT_FOUND');
  });

  it('says nothing: BMC_TIMEOUT after the deadline', async () => {
    await using machine = await startMachine({ script: () => {} });
    await using bench = await startBench({ machine, limits: { connectMs: 50 } });
    expect((await closing(bench)).reason).toBe('BMC_TIMEOUT');
  });

  it('speaks something else: BMC_PROTOCOL_ERROR', async () => {
    await using machine = await startMachine({
      script: (socket) => void socket.write('SSH-2.0-OpenSSH_9\r\n'),
    });
    await using bench = await startBench({ machine });
    expect((await closing(bench)).reason).toBe('BMC_PROTOCOL_ERROR');
  });

  it('refuses the password: BMC_AUTHENTICATION_FAILED, and the password stands in no message', async () => {
    await using machine = await startMachine({
      accept: { security: ['VNC'], expected: { password: 'right' } },
    });
    await using bench = await startBench({ machine });
    bench.conductor.endpoint = tcpEndpoint(machine.port, '127.0.0.1', 'hunter22');
    const message = await closing(bench);
    expect(message.reason).toBe('BMC_AUTHENTICATION_FAILED');
    expect(JSON.stringify(message)).not.toContain('hunter22');
  });

  it('takes the password of the endpoint', async () => {
    await using machine = await startMachine({
      accept: { security: ['VNC'], expected: { password: 'hunter22' } },
    });
    await using bench = await startBench({ machine });
    bench.conductor.endpoint = tcpEndpoint(machine.port, '127.0.0.1', 'hunter22');
    await bench.opened();
  });

  it('asks for a password that is not known: BMC_PASSWORD_REQUIRED', async () => {
    await using machine = await startMachine({
      accept: { security: ['VNC'], expected: { password: 'right' } },
    });
    await using bench = await startBench({ machine });
    expect((await closing(bench)).reason).toBe('BMC_PASSWORD_REQUIRED');
  });

  it('shows a certificate that is not the pinned one: BMC_CERTIFICATE_REFUSED', async () => {
    const tls = selfSigned('bmc.test');
    await using machine = await startMachine({ accept: { security: ['X509None'], tls } });
    await using bench = await startBench({ machine });
    const endpoint = tcpEndpoint(machine.port);
    if (endpoint.transport?.$case !== 'tcp') throw new Error('no tcp');
    endpoint.transport.value.tls = {
      mode: TlsMode.VENCRYPT,
      verification: TlsVerification.PIN,
      caPem: '',
      sha256Pin: '00'.repeat(32),
      serverName: '',
      minimumVersion: '',
    };
    bench.conductor.endpoint = endpoint;
    expect((await closing(bench)).reason).toBe('BMC_CERTIFICATE_REFUSED');
  });

  it('is reached through TLS when its authority is trusted', async () => {
    const tls = selfSigned('bmc.test');
    await using machine = await startMachine({ accept: { security: ['X509None'], tls } });
    await using bench = await startBench({ machine });
    const endpoint = tcpEndpoint(machine.port);
    if (endpoint.transport?.$case !== 'tcp') throw new Error('no tcp');
    endpoint.transport.value.tls = {
      mode: TlsMode.VENCRYPT,
      verification: TlsVerification.CA,
      caPem: tls.cert,
      sha256Pin: '',
      serverName: 'bmc.test',
      minimumVersion: '',
    };
    bench.conductor.endpoint = endpoint;
    const { page, server } = await bench.opened();
    const picture = Buffer.alloc(200_000, 3);
    server.write(picture);
    expect((await page.bytes(picture.length)).equals(picture)).toBe(true);
  });

  it('is reached by an IPv6 address', async () => {
    await using machine = await startMachine({ host: '::1' });
    await using bench = await startBench({ machine });
    await bench.opened();
  });

  it('dies in the middle: the page reads UPSTREAM_LOST and may be opened again by a person', async () => {
    await using bench = await startBench();
    const { page, server } = await bench.opened();
    (server as import('node:net').Socket).resetAndDestroy();
    expect(await page.message()).toMatchObject({
      type: 'closing',
      reason: 'UPSTREAM_LOST',
      canResume: false,
    });
    expect(await bench.conductor.hears('closed')).toMatchObject({ reason: 'UPSTREAM_LOST', resumable: true });
  });

  it('hangs up in order: UPSTREAM_CLOSED, after everything that it sent', async () => {
    await using bench = await startBench();
    const { page, server } = await bench.opened();
    server.end(Buffer.alloc(100_000, 1));
    expect((await page.bytes(100_000)).length).toBe(100_000);
    expect(await page.message()).toMatchObject({ type: 'closing', reason: 'UPSTREAM_CLOSED' });
  });

  it('is let go as soon as the page has left', async () => {
    await using machine = await startMachine();
    await using bench = await startBench({ machine });
    const { page, server } = await bench.opened();
    const over = new Promise((resolve) => server.once('close', resolve));
    server.resume();
    page.socket.terminate();
    await over;
  });
});

describe('the words for a failure', () => {
  it('keep what a server said about its refusal', () => {
    const error = rfbUpstreamError(
      new RfbError('REFUSED_BY_SERVER', 'refused', { reason: 'Too many security failures' }),
    );
    expect(error.reason).toBe('BMC_LOCKED_OUT');
    expect(error.message).toContain('Too many security failures');
  });

  it('take the last of several addresses that were tried', () => {
    const last = Object.assign(new Error('b'), { code: 'ECONNREFUSED' });
    const first = Object.assign(new Error('a'), { code: 'ENETUNREACH' });
    expect(rfbUpstreamError(new AggregateError([first, last])).reason).toBe('BMC_REFUSED');
  });

  it('say nothing about what was not foreseen', () => {
    expect(rfbUpstreamError(new TypeError('x is not a function')).message).toBe(
      new MeshError('INTERNAL').message,
    );
  });
});
