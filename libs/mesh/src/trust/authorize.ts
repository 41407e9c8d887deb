import { MeshError, type Reason } from '@consolemesh/errors';
import type { CallContext, ServerMiddlewareCall } from 'nice-grpc-common';
import { actorText, judgePrincipal } from '../users/principal.ts';
import { type Identity, identityKey, identityText, type Unproven, unproven } from './identity.ts';

/**
 * Which identity may call which RPC. A key is `<package>.<Service>/<Method>` or `…/*`; the longest match counts. A value is a list of
 * identities, where `service/*` and `user/*` stand for all of their kind and `administrator` for users who are administrators. What no key
 * matches, nobody may call. Plaintext on loopback (`local`) may call everything. Which node a user may act on, the conductor decides.
 */
export const authorization: Readonly<Record<string, readonly string[]>> = {
  'grpc.health.v1.Health/*': ['service/*', 'user/*'],
  'grpc.reflection.v1.ServerReflection/*': ['service/*', 'user/*'],
  'consolemesh.conductor.v1.NodeService/*': ['user/*', 'service/ironic-gateway', 'service/webui'],
  'consolemesh.conductor.v1.ConsoleService/*': ['user/*', 'service/ironic-gateway', 'service/webui'],
  'consolemesh.conductor.v1.PowerService/*': ['user/*', 'service/ironic-gateway', 'service/webui'],
  'consolemesh.conductor.v1.InventoryService/*': ['user/*', 'service/ironic-gateway', 'service/webui'],
  'consolemesh.conductor.v1.AuditService/*': ['administrator'],
  'consolemesh.conductor.v1.KeyService/*': ['administrator'],
  'consolemesh.conductor.v1.SessionService/*': ['user/*', 'service/ironic-gateway', 'service/webui'],
  'consolemesh.conductor.v1.SessionService/OpenSession': ['service/novncproxy', 'service/serialproxy'],
  'consolemesh.conductor.v1.SessionService/KeepSessions': ['service/novncproxy', 'service/serialproxy'],
  'consolemesh.conductor.v1.SessionService/ReadSessionLog': ['service/serialproxy'],
  'consolemesh.token.v1.TokenService/IssueToken': ['service/conductor'],
  'consolemesh.token.v1.TokenService/RedeemToken': ['service/novncproxy', 'service/serialproxy'],
  'consolemesh.token.v1.TokenService/RevokeTokens': ['service/conductor', 'administrator'],
  'consolemesh.token.v1.TokenService/WatchRevocations': [
    'service/conductor',
    'service/novncproxy',
    'service/serialproxy',
  ],
  'consolemesh.token.v1.TokenService/ListTokens': ['service/conductor', 'administrator'],
  'consolemesh.token.v1.TokenService/ListGrantKeys': ['service/conductor'],
  'consolemesh.plugin.v1.PluginService/*': ['service/conductor', 'administrator'],
  'consolemesh.driver.v1.DriverService/*': ['service/conductor'],
  'consolemesh.provider.v1.ProviderService/*': ['service/conductor'],
  'consolemesh.stream.v1.StreamService/*': ['service/novncproxy', 'service/serialproxy'],
  'consolemesh.proxy.v1.ProxyService/*': ['service/conductor', 'service/ironic-gateway', 'administrator'],
};

/** Whether an identity may call an RPC (`/package.Service/Method` or without the first slash). */
export function mayCall(
  identity: Identity,
  path: string,
  administrator = false,
  table = authorization,
): boolean {
  if (identity.kind === 'local') return true;
  const method = path.replace(/^\//, '');
  const allowed = table[method] ?? table[`${method.slice(0, method.indexOf('/'))}/*`] ?? [];
  if (administrator && identity.kind === 'user' && allowed.includes('administrator')) return true;
  return allowed.includes(identityText(identity)) || allowed.includes(`${identity.kind}/*`);
}

/** What somebody without a certificate is told; whether the name or the password is wrong is told to nobody. */
const refusals: Readonly<Record<Unproven, readonly [Reason, string]>> = {
  missing: [
    'UNAUTHENTICATED',
    'Show a client certificate, or name and password in `authorization: Basic …`, or a token in `authorization: Bearer …`, whichever this service takes.',
  ],
  scheme: ['UNAUTHENTICATED', 'This service does not take this kind of `authorization`.'],
  wrong: ['UNAUTHENTICATED', 'The name or the password is wrong.'],
  limited: ['RATE_LIMITED', 'There were too many wrong passwords or tokens; try again in a minute.'],
  busy: ['RATE_LIMITED', 'Too many passwords are looked at; try again in a moment.'],
  token: ['UNAUTHENTICATED', 'The token is none that the issuer of this service has signed.'],
  expired: ['UNAUTHENTICATED', 'The token has expired; get a new one.'],
  early: ['UNAUTHENTICATED', 'The token is not valid yet; compare the clocks.'],
  audience: ['UNAUTHENTICATED', 'The token is for another audience.'],
  issuer: ['UNAUTHENTICATED', 'The token is of another issuer.'],
  name: [
    'UNAUTHENTICATED',
    'The token has no name that an identity can hold: 1 to 128 letters, digits, ".", "_", "@" and "-". The claim that holds it is a setting.',
  ],
  unavailable: ['IDENTITY_PROVIDER_UNAVAILABLE', 'The issuer of the tokens does not answer; try again.'],
};
const refusalOf = new Map(
  Object.entries(unproven).map(([why, word]) => [word as string, refusals[why as Unproven]]),
);

/**
 * Middleware that refuses calls which the table does not allow; `onRefused` counts them. `administrators`: identities of users and groups.
 * What it finds out about the caller is what `principalOf` answers.
 */
export function authorize(
  trustKind: 'plaintext' | 'mtls',
  administrators: readonly string[],
  onRefused: (caller: string, path: string) => void,
) {
  return async function* check<Request, Response>(
    call: ServerMiddlewareCall<Request, Response>,
    context: CallContext,
  ): AsyncGenerator<Response, Response | void, undefined> {
    const { path } = call.method;
    const refusal = refusalOf.get(context.metadata.get(identityKey) ?? '');
    if (trustKind === 'mtls' && refusal) {
      onRefused('nobody', path);
      throw new MeshError(...refusal);
    }
    const principal = judgePrincipal(context, administrators);
    const caller = principal.via ?? principal.identity;
    const { administrator } = principal;
    if (trustKind === 'mtls' && (caller.kind === 'local' || !mayCall(caller, path, administrator))) {
      // Under mTLS `local` can only mean that the certificate named nobody of this trust domain.
      const name = caller.kind === 'local' ? 'nobody' : actorText(principal);
      onRefused(name, path);
      throw new MeshError('PERMISSION_DENIED', `${name} may not call ${path}.`, {
        metadata: { caller: name },
      });
    }
    return yield* call.next(call.request, context);
  };
}
