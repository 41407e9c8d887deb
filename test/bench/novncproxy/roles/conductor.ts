import {
  type Admission,
  SessionServiceDefinition,
  type SessionServiceImplementation,
  SessionState,
} from '@consolemesh/contracts/conductor';
import { Grant } from '@consolemesh/contracts/token';
import { Endpoint, Role } from '@consolemesh/contracts/types';
import { bind, makeAttachTicket, mtlsFromFiles, serve, silentLogger, toTimestamp } from '@consolemesh/mesh';
import type { CertificateFiles } from '../certificates.ts';
import { serveCommands } from '../serve-commands.ts';

// Admits every grant to the endpoint of its console, as the conductor does, without a database: only the proxy is measured here.

const endpoints = new Map<string, Endpoint>();
let attachKey = Buffer.alloc(32);

function admit({ sessionId, key, role, subject }: Grant): Admission {
  const consoleId = key?.consoleId ?? '';
  const ticket = {
    consoleId,
    generation: key?.generation ?? 0n,
    sessionId,
    subject,
    role: role === Role.VIEW ? ('view' as const) : ('control' as const),
    expiresAt: Date.now() + 60_000,
  };
  return {
    session: {
      id: sessionId,
      key,
      nodeName: 'bench',
      kind: 1,
      role,
      subject,
      proxyId: '',
      state: SessionState.OPEN,
      openedAt: toTimestamp(Date.now()),
      expiresAt: undefined,
      end: undefined,
    },
    endpoint: endpoints.get(consoleId),
    ticket: makeAttachTicket(attachKey, ticket),
    unverifiedTls: false,
  };
}

const implementation: Partial<SessionServiceImplementation> = {
  async openSession({ grant }) {
    const contents = Grant.decode(grant?.payload ?? Buffer.alloc(0));
    return { outcome: { $case: 'admission', value: admit(contents) } };
  },
  async *keepSessions(requests, { signal }) {
    yield { notice: { $case: 'heartbeat', value: {} } };
    void (async () => {
      for await (const _ of requests);
    })().catch(() => {});
    while (!signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 3_000);
        signal.addEventListener('abort', () => resolve(), { once: true });
        timer.unref();
      });
      yield { notice: { $case: 'heartbeat', value: {} } };
    }
  },
};

serveCommands({
  async start({ files, key }: { files: CertificateFiles; key: string }) {
    attachKey = Buffer.from(key, 'hex');
    const trust = mtlsFromFiles({
      trustDomain: 'consolemesh.local',
      caFile: files.ca,
      certificateFile: files.certificate,
      keyFile: files.key,
    });
    const server = await serve({
      listen: { host: '127.0.0.1', port: 0 },
      trust,
      logger: silentLogger,
      services: [bind(SessionServiceDefinition, implementation as SessionServiceImplementation)],
    });
    return server.target;
  },
  /** `endpoint` is the JSON of types.v1.Endpoint. */
  endpoint({ consoleId, endpoint }: { consoleId: string; endpoint: object }) {
    endpoints.set(consoleId, Endpoint.fromPartial(endpoint));
  },
});
