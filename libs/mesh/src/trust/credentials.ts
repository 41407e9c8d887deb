import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { PeerCertificate } from 'node:tls';
import {
  CallCredentials,
  ChannelCredentials,
  experimental,
  Metadata,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js';
import type { Users } from '../users/users.ts';
import { certificateProvider, type Renewal } from './certificate-provider.ts';
import {
  certificateIdentity,
  groupsKey,
  identityKey,
  identityText,
  unproven,
  wrongServer,
} from './identity.ts';

/**
 * How a service proves who it is and judges others.
 * - `plaintext`: no proof; on loopback only.
 * - `mtls`: certificates of one authority on both sides; identity is the URI SAN.
 * - `tls`: for clients only, which have no certificate and prove themselves in each call.
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
    }
  | {
      readonly kind: 'tls';
      readonly trustDomain: string;
      /** PEM of the authority. */
      readonly ca: Buffer;
      /** Asked for each call: the value of its `authorization` header. Throws what the caller can be told. */
      readonly authorization: () => Promise<string>;
    };

/** What a server can have. */
export type ServerTrust = Exclude<Trust, { kind: 'tls' }>;

/** Plaintext, for one machine. */
export const plaintext: ServerTrust = { kind: 'plaintext' };

/** mTLS from files. Throws the file system's error when one cannot be read. */
export function mtlsFromFiles(files: {
  trustDomain: string;
  caFile: string;
  certificateFile: string;
  keyFile: string;
}): Extract<Trust, { kind: 'mtls' }> {
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
export function serverCredentials(trust: ServerTrust, users?: Users): ServerCredentials {
  const stamp = stampIdentity(trust, users);
  return experimental.createServerCredentialsWithInterceptors(transportOf(trust, users), [stamp]);
}

function transportOf(trust: ServerTrust, users: Users | undefined): ServerCredentials {
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

/**
 * Credentials for a client. Under TLS the other end is judged by its identity, not by its host name: it has to be `service`, or any service of
 * the trust domain when that is undefined.
 */
export function channelCredentials(trust: Trust, service?: string): ChannelCredentials {
  if (trust.kind === 'plaintext') return ChannelCredentials.createInsecure();
  const { ca, trustDomain } = trust;
  const options = {
    checkServerIdentity(_host: string, presented: PeerCertificate) {
      const wrong = wrongServer(presented, trustDomain, service);
      return wrong === undefined ? undefined : new Error(`the server's certificate ${wrong}`);
    },
  };
  if (trust.kind === 'tls') {
    return ChannelCredentials.createSsl(ca, null, null, options).compose(inEachCall(trust.authorization));
  }
  const { key, certificate, renewal } = trust;
  if (!renewal) return ChannelCredentials.createSsl(ca, key, certificate, options);
  const provider = certificateProvider(renewal);
  return experimental.createCertificateProviderChannelCredentials(provider, provider, options);
}

/** An `authorization` header of its own for each call; what it cannot be made of ends the call with UNAUTHENTICATED. */
function inEachCall(authorization: () => Promise<string>): CallCredentials {
  return CallCredentials.createFromMetadataGenerator((_, done) => {
    authorization().then(
      (value) => {
        const metadata = new Metadata();
        metadata.set('authorization', value);
        done(null, metadata);
      },
      (error: Error) => done(Object.assign(new Error(error.message), { code: status.UNAUTHENTICATED })),
    );
  });
}

/** Whether a host means this machine: the only place where plaintext is allowed. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  if (bare === 'localhost' || bare === '::1' || bare === '::ffff:127.0.0.1') return true;
  return isIP(bare) === 4 && bare.startsWith('127.');
}

function stampIdentity(trust: ServerTrust, users: Users | undefined): ServerInterceptor {
  return (_method, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, forward) => {
            const [authorization] = metadata.get('authorization');
            // Nothing behind this line sees a password or a token, or an identity that a client has invented.
            for (const key of ['authorization', identityKey, groupsKey]) metadata.remove(key);
            const finish = (identity: string, groups: readonly string[] = []) => {
              metadata.set(identityKey, identity);
              if (groups.length > 0) metadata.set(groupsKey, groups.join(','));
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
              (found) =>
                typeof found === 'string'
                  ? finish(unproven[found])
                  : finish(`user/${found.user}`, found.groups),
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
