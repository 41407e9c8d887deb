import { TlsError } from '@consolemesh/tls';
import { errors } from 'undici';
import { HttpError, type HttpErrorCode } from './errors.ts';
import type { Progress } from './progress.ts';

/**
 * Whatever went wrong in an exchange, as an HttpError; what nobody foresaw (a programming error) stays as it is.
 * The errors of undici are not kept as `cause`: some carry what the peer sent, which may repeat what we sent.
 */
export function asHttpError(error: unknown, progress: Progress): unknown {
  if (error instanceof HttpError) return error;
  if (progress.limit.signal.aborted) return stopped(progress);
  if (error instanceof TlsError) {
    const { fingerprint } = error.details;
    return new HttpError(error.code, error.message, fingerprint === undefined ? {} : { fingerprint });
  }
  if (!(error instanceof Error)) return error;
  const systemCode = codeOf(error);
  return bySystem(systemCode) ?? byParser(error, systemCode, progress) ?? error;
}

/** The deadline or a signal ended it. */
export function stopped({ limit, awaiting }: Pick<Progress, 'limit' | 'awaiting'>): HttpError {
  return limit.expired
    ? new HttpError('TIMEOUT', `timed out waiting for ${awaiting}`)
    : new HttpError('ABORTED', `stopped while waiting for ${awaiting}`);
}

const systemErrors: Readonly<Record<string, readonly [HttpErrorCode, string]>> = {
  ENOTFOUND: ['NAME_NOT_FOUND', 'the name cannot be resolved'],
  EAI_AGAIN: ['NAME_NOT_FOUND', 'the name service does not answer'],
  EAI_FAIL: ['NAME_NOT_FOUND', 'the name service failed'],
  ENODATA: ['NAME_NOT_FOUND', 'the name has no address'],
  ECONNREFUSED: ['REFUSED', 'the host refuses the connection'],
  EHOSTUNREACH: ['UNREACHABLE', 'there is no way to the host'],
  ENETUNREACH: ['UNREACHABLE', 'there is no way to the network of the host'],
  EHOSTDOWN: ['UNREACHABLE', 'the host is down'],
  ENETDOWN: ['UNREACHABLE', 'the network is down'],
  EADDRNOTAVAIL: ['UNREACHABLE', 'this machine has no address that could reach the host'],
  EACCES: ['UNREACHABLE', 'this machine does not allow connections to the host'],
  EPERM: ['UNREACHABLE', 'this machine does not allow connections to the host'],
  EINVAL: ['UNREACHABLE', 'the address cannot be used; a link-local one needs its interface'],
  ETIMEDOUT: ['TIMEOUT', 'the host does not answer'],
};

function bySystem(systemCode: string): HttpError | undefined {
  const known = systemErrors[systemCode];
  return known && new HttpError(known[0], `${known[1]} (${systemCode})`, { systemCode });
}

/** Ends of a connection as the operating system, undici and its parser call them. */
const hangUps = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET']);

function byParser(error: Error, code: string, { answered }: Progress): Error | undefined {
  // undici's word for 100 and 101, for which nobody had asked.
  if (/^bad (response|upgrade)$/.test(error.message)) {
    return new HttpError('NOT_HTTP', 'the peer answered with a status that was not asked for (1xx)');
  }
  if (hangUps.has(code) || /invalid eof state/i.test(error.message)) {
    return answered
      ? new HttpError('TRUNCATED', 'the peer hung up in the middle of its answer')
      : new HttpError('RESET', 'the peer hung up before it answered', systemDetails(code));
  }
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    return new HttpError('TRUNCATED', 'the answer is not as long as its Content-Length');
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return new HttpError('TOO_LARGE', 'the headers are too large');
  // Its text quotes the parser, not the peer.
  if (error instanceof errors.HTTPParserError) return new HttpError('NOT_HTTP', lowerFirst(error.message));
  // Alerts that come after the client's side of the handshake, as TLS 1.3 has them.
  if (code.startsWith('ERR_SSL_')) {
    return new HttpError('TLS_FAILED', `TLS failed (${code.slice('ERR_SSL_'.length).toLowerCase()})`);
  }
  // Only these quote nothing but the names of what cannot be sent.
  if (error instanceof errors.InvalidArgumentError) return new TypeError(error.message);
  return error instanceof errors.UndiciError
    ? new HttpError('NOT_HTTP', `the exchange failed (${code})`)
    : undefined;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

function systemDetails(code: string): { systemCode?: string } {
  return /^E[A-Z]+$/.test(code) ? { systemCode: code } : {};
}

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
