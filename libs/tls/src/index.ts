export { completeHandshake } from './complete-handshake.ts';
export { TlsError, type TlsErrorCode, type TlsErrorDetails } from './errors.ts';
export { startTls } from './start-tls.ts';
export type { TlsTrust } from './trust.ts';
