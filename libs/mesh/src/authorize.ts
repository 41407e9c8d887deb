import { MeshError, type Reason } from '@consolemesh/errors';
import type { CallContext, ServerMiddlewareCall } from 'nice-grpc-common';
import { callerOf, type Identity, identityKey, identityText, unproven } from './identity.ts';

/**
 * Which identity may call which RPC. A key is `<package>.<Service>/<Method>` or `…/*`; the longest match counts. A value is a list of
 * identities, where `service/*` and `user/*` stand for all of their kind. What no key matches, nobody may call. Plaintext on loopback
 * (`local`) may call everything.
 */
export const authorization: Readonly<Record<string, readonly string[]>> = {
  'grpc.health.v1.Health/*': ['service/*', 'user/*'],
  'grpc.reflection.v1.ServerReflection/*': ['service/*', 'user/*'],
  'consolemesh.conductor.v1.NodeService/*': ['user/*', 'service/ironic-gateway', 'service/webui'],
  'consolemesh.conductor.v1.ConsoleService/*': ['user/*', 'service/ironic-gateway', 'service/webui'],
  'consolemesh.conductor.v1.PowerService/*': ['user/*', 'service/ironic-gateway', 'service/webui'],
  'consolemesh.conductor.v1.InventoryService/*': ['user/*', 'service/ironic-gateway', 'service/webui'],
  'consolemesh.conductor.v1.AuditService/*': ['user/*'],
  'consolemesh.conductor.v1.SessionService/*': ['user/*', 'service/ironic-gateway', 'service/webui'],
  'consolemesh.conductor.v1.SessionService/OpenSession': ['service/novncproxy', 'service/serialproxy'],
  'consolemesh.conductor.v1.SessionService/KeepSessions': ['service/novncproxy', 'service/serialproxy'],
  'consolemesh.token.v1.TokenService/IssueToken': ['service/conductor'],
  'consolemesh.token.v1.TokenService/RedeemToken': ['service/novncproxy', 'service/serialproxy'],
  'consolemesh.token.v1.TokenService/RevokeTokens': ['service/conductor', 'user/*'],
  'consolemesh.token.v1.TokenService/WatchRevocations': ['service/*'],
  'consolemesh.token.v1.TokenService/ListTokens': ['service/conductor', 'user/*'],
  'consolemesh.token.v1.TokenService/ListGrantKeys': ['service/conductor'],
  'consolemesh.plugin.v1.PluginService/*': ['service/conductor', 'user/*'],
  'consolemesh.driver.v1.DriverService/*': ['service/conductor'],
  'consolemesh.provider.v1.ProviderService/*': ['service/conductor'],
  'consolemesh.stream.v1.StreamService/*': ['service/novncproxy', 'service/serialproxy'],
  'consolemesh.proxy.v1.ProxyService/*': ['service/conductor', 'service/ironic-gateway', 'user/*'],
};

/** Whether an identity may call an RPC (`/package.Service/Method` or without the first slash). */
export function mayCall(identity: Identity, path: string, table = authorization): boolean {
  if (identity.kind === 'local') return true;
  const method = path.replace(/^\//, '');
  const allowed = table[method] ?? table[`${method.slice(0, method.indexOf('/'))}/*`] ?? [];
  return allowed.includes(identityText(identity)) || allowed.includes(`${identity.kind}/*`);
}

/** What somebody without a certificate is told; whether the name or the password is wrong is told to nobody. */
const refusals: ReadonlyMap<string, readonly [Reason, string]> = new Map([
  [
    unproven.missing,
    ['UNAUTHENTICATED', 'Show a client certificate, or name and password in `authorization: Basic …`.'],
  ],
  [unproven.wrong, ['UNAUTHENTICATED', 'The name or the password is wrong.']],
  [unproven.limited, ['RATE_LIMITED', 'There were too many wrong passwords; try again in a minute.']],
  [unproven.busy, ['RATE_LIMITED', 'Too many passwords are looked at; try again in a moment.']],
] as const);

/** Middleware that refuses calls which the table does not allow; `onRefused` counts them. */
export function authorize(
  trustKind: 'plaintext' | 'mtls',
  onRefused: (caller: string, path: string) => void,
) {
  return async function* check<Request, Response>(
    call: ServerMiddlewareCall<Request, Response>,
    context: CallContext,
  ): AsyncGenerator<Response, Response | void, undefined> {
    const caller = callerOf(context);
    const refusal = refusals.get(context.metadata.get(identityKey) ?? '');
    if (trustKind === 'mtls' && refusal) {
      onRefused('nobody', call.method.path);
      throw new MeshError(...refusal);
    }
    if (trustKind === 'mtls' && (caller.kind === 'local' || !mayCall(caller, call.method.path))) {
      // Under mTLS `local` can only mean that the certificate named nobody of this trust domain.
      const name = caller.kind === 'local' ? 'nobody' : identityText(caller);
      onRefused(name, call.method.path);
      throw new MeshError('PERMISSION_DENIED', `${name} may not call ${call.method.path}.`, {
        metadata: { caller: name },
      });
    }
    return yield* call.next(call.request, context);
  };
}
