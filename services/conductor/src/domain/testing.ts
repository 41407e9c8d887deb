import type { Endpoint } from '@consolemesh/contracts/types';
import { type ConsoleRecord, type IncarnationSecrets, newConsole } from './console.ts';
import { enable } from './enable.ts';
import type { Node } from './node.ts';
import { driverChosen, opened, prepared, type Step } from './progress.ts';
import { sealed } from './sealed.ts';
import type { Session } from './session.ts';

/** A node for tests. */
export function aNode(change: Partial<Node> = {}): Node {
  return {
    id: 'node-1',
    name: 'n1',
    interfaces: { graphical: 'auto', serial: 'auto', power: 'auto' },
    driverInfo: { address: '192.0.2.1' },
    secretKeys: ['password'],
    driverSecrets: sealed({ password: 'calvin' }),
    owner: '',
    lessee: '',
    instanceUuid: '',
    maintenance: false,
    maintenanceReason: '',
    labels: {},
    extra: {},
    route: undefined,
    deleting: false,
    revision: 1n,
    createdAt: 0,
    updatedAt: 0,
    ...change,
  };
}

/** A console that was never enabled. */
export function aConsole(change: Partial<ConsoleRecord> = {}): ConsoleRecord {
  return { ...newConsole('console-1', { id: 'node-1', name: 'n1' }, 'graphical'), revision: 1n, ...change };
}

/** Secrets of an incarnation. */
export const someSecrets: IncarnationSecrets = {
  password: 'Abcdefg7',
  attachKey: Buffer.alloc(32),
  driverState: Buffer.alloc(0),
  restoreState: Buffer.alloc(0),
  endpoints: [],
  access: {
    nodeId: 'node-1',
    nodeName: 'n1',
    info: { address: '192.0.2.1' },
    secrets: { password: 'calvin' },
  },
};

/** An endpoint on TCP. */
export const anEndpoint: Endpoint = {
  audience: 1,
  transport: {
    $case: 'tcp',
    value: { host: '192.0.2.1', port: 5900, tls: undefined, username: '', password: 'secret' },
  },
  maxSessions: 1,
  rfb: undefined,
};

/** A driver instance. */
export const aHolder = { instanceId: 'i1', target: 'dns:///h:1' };

/** The record that a step must have made. */
export function made(step: Step): ConsoleRecord {
  if (!step) throw new Error('the step was refused');
  return step;
}

/** A console with a chosen driver. */
export function chosen(record = enable(aConsole(), 'f')): ConsoleRecord {
  const { generation } = record;
  return made(driverChosen(record, { generation, driver: 'fake', why: 'because', secrets: someSecrets }, 10));
}

/** A console whose restore state is committed and whose holder is known. */
export function beingStarted(record = chosen()): ConsoleRecord {
  const { generation } = record;
  const restoreState = Buffer.from('restore');
  return made(prepared(record, { generation, holder: aHolder, restoreState, changes: [] }, 20));
}

/** A console that can be opened. */
export function readyConsole(maxSessions = 1, record = beingStarted()): ConsoleRecord {
  const step = {
    generation: record.generation,
    why: 'because',
    endpointKind: 'tcp' as const,
    endpoints: [anEndpoint],
    driverState: Buffer.from('state'),
    maxSessions,
    unverifiedTls: false,
  };
  return made(opened(record, step, 30));
}

/** A session that carries bytes. */
export function aSession(change: Partial<Session> = {}): Session {
  return {
    id: 'session-1',
    consoleId: 'console-1',
    nodeId: 'node-1',
    nodeName: 'n1',
    kind: 'graphical',
    generation: 1n,
    role: 'control',
    subject: 'alice',
    tokenId: 't1',
    proxyId: 'proxy-1',
    clientAddress: '',
    state: 'open',
    openedAt: 100,
    changedAt: 100,
    expiresAt: 10_000_000,
    end: undefined,
    wroteAt: undefined,
    inputBytes: 0,
    revision: 1n,
    ...change,
  };
}
