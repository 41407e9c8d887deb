import { ProxyServiceDefinition, type ProxyServiceImplementation } from '@consolemesh/contracts/proxy';
import { Role } from '@consolemesh/contracts/types';
import { type Binding, bind, fromDuration, toTimestamp } from '@consolemesh/mesh';
import { endOfWord } from '../session/end.ts';
import type { LiveSession, Registry } from '../session/registry.ts';
import type { Exposures } from './expose.ts';

/** Ten minutes, when a request says nothing. */
const defaultTtl = 600_000;

/** proxy.v1 of one instance: proto to domain and back. `host` is where exposed listeners are reached. */
export function proxyService(registry: Registry, exposures: Exposures, host: string): Binding {
  const implementation: ProxyServiceImplementation = {
    listSessions: async () => ({ sessions: registry.all().map(toContract) }),
    async endSession({ sessionId, reason, message }) {
      registry.get(sessionId)?.end(endOfWord(reason, message, 'SESSION_TERMINATED'));
      return {};
    },
    drain: async ({ grace }) => ({ ended: await registry.drain(fromDuration(grace) ?? 0) }),
    async expose({ token, allowedSources, ttl }) {
      const opened = await exposures.open({ token, allowedSources, ttlMs: fromDuration(ttl) ?? defaultTtl });
      return {
        listenerId: opened.listenerId,
        host,
        port: opened.port,
        expiresAt: toTimestamp(opened.expiresAt),
      };
    },
    async unexpose({ listenerId }) {
      await exposures.close(listenerId);
      return {};
    },
  };
  return bind(ProxyServiceDefinition, implementation);
}

function toContract(session: LiveSession) {
  return {
    sessionId: session.sessionId,
    key: session.key,
    subject: session.subject,
    role: session.role === 'view' ? Role.VIEW : Role.CONTROL,
    openedAt: toTimestamp(session.openedAt),
    bytesToClient: BigInt(session.traffic.toClient),
    bytesFromClient: BigInt(session.traffic.fromClient),
    clientAddress: session.clientAddress,
  };
}
