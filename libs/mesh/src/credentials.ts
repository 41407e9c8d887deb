import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { PeerCertificate } from 'node:tls';
import {
  ChannelCredentials,
  experimental,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import type { BasicUsers } from './basic-users.ts';
import { certificateProvider, type Renewal } from './certificate-provider.ts';
import { certificateIdentity, identityKey, identityText, unproven } from './identity.ts';

/**
 * How a service proves who it is and judges others.
 * - `plaintext`: no proof; on loopback only.
 * - `mtls`: certificates of one authority on both sides; identity is the URI SAN.
 */
export type Trust =
  | { readonly kind: 'plaintext' }
  | {
      readonly kind: 'mtls';
      /** Such as `mesh.example`. */
      readonly trustDomain: string;
      /** PEM of the authority. */
      readonly ca: Buffer;
      /** PEM of the own certificate, chain included. */
      readonly certificate: Buffer;
      /** PEM of its key. */
      readonly key: Buffer;
      /** Set where the three are renewed while they are in use; they are the first ones then. */
      readonly renewal?: Renewal;
    };

/** Plaintext, for one machine. */
export const plaintext: Trust = { kind: 'plaintext' };

/** mTLS from files. Throws the file system's error when one cannot be read. */
export function mtlsFromFiles(files: {
  trustDomain: string;
  caFile: string;
  certificateFile: string;
  keyFile: string;
}): Trust {
  return {
    kind: 'mtls',
    trustDomain: files.trustDomain,
    ca: readFileSync(files.caFile),
    certificate: readFileSync(files.certificateFile),
    key: readFileSync(files.keyFile),
  };
}

/**
 * Credentials for a server; every call arrives with its caller's proven identity in the metadata, and with no other. With `users` a client
 * may come without a certificate, and then has to prove itself in each call.
 */
export function serverCredentials(trust: Trust, users?: BasicUsers): ServerCredentials {
  const stamp = stampIdentity(trust, users);
  return experimental.createServerCredentialsWithInterceptors(transportOf(trust, users), [stamp]);
}

function transportOf(trust: Trust, users: BasicUsers | undefined): ServerCredentials {
  if (trust.kind === 'plaintext') return ServerCredentials.createInsecure();
  if (users) {
    const constant: Renewal = { current: () => trust, subscribe: () => ({ [Symbol.dispose]() {} }) };
    const some = certificateProvider(trust.renewal ?? constant);
    return experimental.createCertificateProviderServerCredentials(some, some, false);
  }
  const { ca, key, certificate, renewal } = trust;
  if (!renewal) return ServerCredentials.createSsl(ca, [{ private_key: key, cert_chain: certificate }], true);
  const provider = certificateProvider(renewal);
  return experimental.createCertificateProviderServerCredentials(provider, provider, true);
}

/** Credentials for a client; under mTLS any service of the trust domain is accepted as the other end, by identity, not by host name. */
export function channelCredentials(trust: Trust): ChannelCredentials {
  if (trust.kind === 'plaintext') return ChannelCredentials.createInsecure();
  const { ca, key, certificate, trustDomain, renewal } = trust;
  const options = {
    checkServerIdentity: (_host: string, presented: PeerCertificate) =>
      certificateIdentity(presented, trustDomain)?.kind === 'service'
        ? undefined
        : new Error(`the server's certificate names no service of the trust domain ${trustDomain}`),
  };
  if (!renewal) return ChannelCredentials.createSsl(ca, key, certificate, options);
  const provider = certificateProvider(renewal);
  return experimental.createCertificateProviderChannelCredentials(provider, provider, options);
}

/** Whether a host means this machine: the only place where plaintext is allowed. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  if (bare === 'localhost' || bare === '::1' || bare === '::ffff:127.0.0.1') return true;
  return isIP(bare) === 4 && bare.startsWith('127.');
}

function stampIdentity(trust: Trust, users: BasicUsers | undefined): ServerInterceptor {
  return (_method, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, forward) => {
            const [authorization] = metadata.get('authorization');
            // Nothing behind this line sees a password, or an identity that a client has invented.
            metadata.remove('authorization');
            metadata.remove(identityKey);
            const finish = (identity: string) => {
              metadata.set(identityKey, identity);
              forward(metadata);
            };
            const certificate = call.getAuthContext().sslPeerCertificate;
            if (trust.kind === 'plaintext') return finish('local');
            if (certificate) {
              const identity = certificateIdentity(certificate, trust.trustDomain);
              return finish(identity ? identityText(identity) : 'nobody');
            }
            if (!users) return finish('nobody');
            if (typeof authorization !== 'string') return finish(unproven.missing);
            users.judge(authorization, hostOf(call.getPeer())).then(
              (found) => finish(typeof found === 'string' ? unproven[found] : `user/${found.user}`),
              () => finish(unproven.busy),
            );
          },
        }),
    });
}

/** The address without its port. */
function hostOf(peer: string): string {
  return peer.replace(/:\d+$/, '');
}
