import type { experimental } from '@grpc/grpc-js';
import type { Certificates } from './judge-certificates.ts';

/** Certificates that change. */
export interface Renewal {
  current(): Certificates;
  /** Calls `listener` after each change until it is disposed. */
  subscribe(listener: () => void): Disposable;
}

/** Hands renewed certificates to one server or channel of grpc-js; what it is asked for first, it says at once. */
export function certificateProvider(renewal: Renewal): experimental.CertificateProvider {
  const told = new Map<object, Disposable>();

  function add(listener: object, tell: () => void): void {
    told.get(listener)?.[Symbol.dispose]();
    told.set(listener, renewal.subscribe(tell));
    // For a channel, which may connect at once. A server adds its own ear only after this call, so it is told once more, which is
    // before it can listen: until it is told it takes no connection.
    tell();
    queueMicrotask(() => {
      if (told.has(listener)) tell();
    });
  }
  function remove(listener: object): void {
    told.get(listener)?.[Symbol.dispose]();
    told.delete(listener);
  }
  return {
    addCaCertificateListener: (listener) =>
      add(listener, () => listener({ caCertificate: renewal.current().ca })),
    addIdentityCertificateListener: (listener) =>
      add(listener, () => {
        const { certificate, key: privateKey } = renewal.current();
        listener({ certificate, privateKey });
      }),
    removeCaCertificateListener: remove,
    removeIdentityCertificateListener: remove,
  };
}
