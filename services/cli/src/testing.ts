import { PassThrough } from 'node:stream';
import {
  AuditServiceDefinition,
  type AuditServiceImplementation,
  type Console,
  ConsoleServiceDefinition,
  type ConsoleServiceImplementation,
  InventoryServiceDefinition,
  type InventoryServiceImplementation,
  KeyServiceDefinition,
  type KeyServiceImplementation,
  type Node,
  NodeServiceDefinition,
  type NodeServiceImplementation,
  PowerServiceDefinition,
  type PowerServiceImplementation,
  SessionServiceDefinition,
  type SessionServiceImplementation,
} from '@consolemesh/contracts/conductor';
import { TokenServiceDefinition, type TokenServiceImplementation } from '@consolemesh/contracts/token';
import { MeshError } from '@consolemesh/errors';
import { bind, plaintext, serve, silentLogger } from '@consolemesh/mesh';
import { runCommandLine } from './run-command-line.ts';

/** What one run of the command line came to. */
export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line as a shell in a pipe would; `input` is its standard input. */
export async function runCli(
  argv: readonly string[],
  {
    env = {},
    input = '',
    terminal = false,
  }: { env?: Record<string, string>; input?: string; terminal?: boolean } = {},
): Promise<Result> {
  const text = { stdout: '', stderr: '' };
  const output = (name: keyof typeof text) => ({
    isTTY: terminal,
    write: (more: string | Uint8Array) => {
      text[name] += typeof more === 'string' ? more : Buffer.from(more).toString('latin1');
    },
  });
  const stdin = new PassThrough();
  stdin.end(input);
  const code = await runCommandLine(argv, {
    stdout: output('stdout'),
    stderr: output('stderr'),
    stdin,
    env,
    stop: () => new AbortController().signal,
  });
  return { code, ...text };
}

/** Methods that a fake answers; whatever else is called fails. */
export interface FakeAnswers {
  readonly nodes?: Partial<NodeServiceImplementation>;
  readonly consoles?: Partial<ConsoleServiceImplementation>;
  readonly sessions?: Partial<SessionServiceImplementation>;
  readonly power?: Partial<PowerServiceImplementation>;
  readonly inventory?: Partial<InventoryServiceImplementation>;
  readonly audit?: Partial<AuditServiceImplementation>;
  readonly keys?: Partial<KeyServiceImplementation>;
  readonly tokens?: Partial<TokenServiceImplementation>;
}

/** Serves conductor.v1 and token.v1 with the given answers; `run` is the command line pointed at it. */
export async function startFakeApi(answers: FakeAnswers) {
  const server = await serve({
    listen: { host: '127.0.0.1', port: 0 },
    trust: plaintext,
    logger: silentLogger,
    drainMs: 0,
    services: [
      bind(NodeServiceDefinition, complete(NodeServiceDefinition, answers.nodes)),
      bind(ConsoleServiceDefinition, complete(ConsoleServiceDefinition, answers.consoles)),
      bind(SessionServiceDefinition, complete(SessionServiceDefinition, answers.sessions)),
      bind(PowerServiceDefinition, complete(PowerServiceDefinition, answers.power)),
      bind(InventoryServiceDefinition, complete(InventoryServiceDefinition, answers.inventory)),
      bind(AuditServiceDefinition, complete(AuditServiceDefinition, answers.audit)),
      bind(KeyServiceDefinition, complete(KeyServiceDefinition, answers.keys)),
      bind(TokenServiceDefinition, complete(TokenServiceDefinition, answers.tokens)),
    ],
  });
  const where = ['--api', `127.0.0.1:${server.port}`, '--token-api', `127.0.0.1:${server.port}`];
  return {
    target: `127.0.0.1:${server.port}`,
    run: (command: string | readonly string[], options?: Parameters<typeof runCli>[1]) =>
      runCli([...where, ...(typeof command === 'string' ? command.split(' ') : command)], options),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** An implementation whose missing methods say so. */
function complete<T extends object>(definition: { methods: object }, given: Partial<T> | undefined): T {
  const methods = Object.keys(definition.methods).map((name) => {
    const missing = async () => {
      throw new MeshError('UNIMPLEMENTED', `The fake does not answer ${name}.`);
    };
    return [name, (given as Record<string, unknown> | undefined)?.[name] ?? missing];
  });
  return Object.fromEntries(methods) as T;
}

/** A node as the conductor stores it. */
export function fakeNode(given: Partial<Node> = {}): Node {
  return {
    id: '11111111-1111-4111-8111-111111111111',
    name: 'n1',
    interfaces: { graphical: 'vnc', serial: '', power: '' },
    driverInfo: { vnc_address: '192.0.2.7' },
    driverSecrets: { vnc_password: '******' },
    owner: '',
    lessee: '',
    instanceUuid: '',
    maintenance: false,
    maintenanceReason: '',
    labels: {},
    extra: {},
    route: 1,
    etag: '3',
    createdAt: { seconds: 1_700_000_000n, nanos: 123_000_000 },
    updatedAt: undefined,
    ...given,
  };
}

/** A console that is ready. */
export function fakeConsole(given: Partial<Console> = {}): Console {
  return {
    id: '22222222-2222-4222-8222-222222222222',
    nodeId: '11111111-1111-4111-8111-111111111111',
    nodeName: 'n1',
    kind: 1,
    desired: 2,
    observed: 3,
    generation: 2n ** 60n,
    driver: 'vnc',
    driverWhy: 'The node names vnc.',
    endpointKind: 1,
    provider: '',
    conditions: [{ type: 'Started', status: true, reason: 'Ready', message: '', since: undefined }],
    lastError: undefined,
    nextAttemptAt: undefined,
    conductor: 'c1',
    sessions: 0,
    maxSessions: 4,
    unverifiedTls: false,
    etag: '1',
    ...given,
  };
}
