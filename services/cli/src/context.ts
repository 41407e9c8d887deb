import {
  ConsoleServiceDefinition,
  InventoryServiceDefinition,
  NodeServiceDefinition,
  PowerServiceDefinition,
  SessionServiceDefinition,
} from '@consolemesh/contracts/conductor';
import { TokenServiceDefinition } from '@consolemesh/contracts/token';
import { MeshError } from '@consolemesh/errors';
import { type Connection, connect, parseTarget, type Trust, trustOf } from '@consolemesh/mesh';
import pc from 'picocolors';
import { UsageError } from './exit-codes.ts';
import type { Colors } from './io.ts';
import { type Io, wantsColour } from './io.ts';
import { type Column, formatRecord, formatTable } from './output/table.ts';

/** Options that every command has. */
export interface GlobalOptions {
  readonly api: string;
  readonly tokenApi: string;
  readonly tlsCa?: string;
  readonly tlsCertificate?: string;
  readonly tlsKey?: string;
  readonly trustDomain: string;
  readonly output: 'table' | 'json';
  readonly quiet?: boolean;
}

/** What a command works with. */
export interface Context extends Disposable {
  readonly io: Io;
  readonly options: GlobalOptions;
  readonly json: boolean;
  /** Colours for standard output, or none. */
  readonly colours: Colors;
  /** Clients of the conductor's services; a call may take `deadlineMs`, 10 s unless told. */
  conductor(deadlineMs?: number): Conductor;
  /** Client of the token service. */
  tokens(): ReturnType<typeof tokenClient>;
  /** Prints things: as JSON whatever the view, or as a table. */
  list<T>(rows: readonly T[], columns: readonly Column<T>[]): void;
  /** Prints one thing: as JSON, or a line for each field. */
  show(view: object, fields?: Readonly<Record<string, unknown>>): void;
  /** Says something beside the answer, on standard error; nothing when quiet. */
  note(text: string): void;
}

/** Clients of the conductor's services. */
export interface Conductor {
  readonly nodes: ReturnType<typeof nodeClient>;
  readonly consoles: ReturnType<typeof consoleClient>;
  readonly sessions: ReturnType<typeof sessionClient>;
  readonly power: ReturnType<typeof powerClient>;
  readonly inventory: ReturnType<typeof inventoryClient>;
}

const nodeClient = (connection: Connection) => connection.client(NodeServiceDefinition);
const consoleClient = (connection: Connection) => connection.client(ConsoleServiceDefinition);
const sessionClient = (connection: Connection) => connection.client(SessionServiceDefinition);
const powerClient = (connection: Connection) => connection.client(PowerServiceDefinition);
const inventoryClient = (connection: Connection) => connection.client(InventoryServiceDefinition);
const tokenClient = (connection: Connection) => connection.client(TokenServiceDefinition);

/** Makes the context of one command. Connections open when they are first used and close with it. */
export function createContext(io: Io, options: GlobalOptions): Context {
  const json = options.output === 'json';
  const colours = pc.createColors(wantsColour(io.stdout, io.env));
  const opened: Connection[] = [];

  function open(target: string, deadlineMs?: number): Connection {
    const connection = openConnection(target, readTrust(options), deadlineMs);
    opened.push(connection);
    return connection;
  }

  const print = (text: string) => void io.stdout.write(text);
  return {
    io,
    options,
    json,
    colours,
    conductor(deadlineMs) {
      const connection = open(targetOf(options.api), deadlineMs);
      return {
        nodes: nodeClient(connection),
        consoles: consoleClient(connection),
        sessions: sessionClient(connection),
        power: powerClient(connection),
        inventory: inventoryClient(connection),
      };
    },
    tokens: () => tokenClient(open(targetOf(options.tokenApi))),
    list(rows, columns) {
      print(json ? formatJson(rows) : formatTable(columns, rows, colours));
    },
    show(view, fields = view as Record<string, unknown>) {
      print(json ? formatJson(view) : formatRecord(fields, colours));
    },
    note(text) {
      if (!options.quiet) io.stderr.write(`${text}\n`);
    },
    [Symbol.dispose]() {
      for (const connection of opened) connection[Symbol.dispose]();
    },
  };
}

/** JSON as it is printed; 64-bit numbers that no view has turned into text yet are turned here. */
function formatJson(value: unknown): string {
  return `${JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? item.toString() : item), 2)}\n`;
}

function openConnection(target: string, trust: Trust, deadlineMs = 10_000): Connection {
  try {
    return connect(target, { trust, deadlineMs });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** A target as gRPC wants it: `host:port` gains the scheme that looks up all addresses of a name. */
function targetOf(given: string): string {
  const hasScheme = /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(given);
  if (!hasScheme && !parseTarget(given)) throw new UsageError(`${given} is no target; expected host:port`);
  return hasScheme && !parseTarget(given) && !given.startsWith('unix:')
    ? refuse(given)
    : hasScheme
      ? given
      : `dns:///${given}`;
}

function refuse(given: string): never {
  throw new UsageError(`${given} is no target; expected host:port, dns:///host:port or unix:PATH`);
}

function readTrust(options: GlobalOptions): Trust {
  const { trustDomain, tlsCa, tlsCertificate, tlsKey } = options;
  try {
    return trustOf({ trustDomain, tlsCa, tlsCertificate, tlsKey });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** An error of a call, with what to do when the reason is that nobody listens there. */
export function explain(error: unknown, options: GlobalOptions): unknown {
  if (!(error instanceof MeshError) || error.reason !== 'UNAVAILABLE' || error.metadata.recovery)
    return error;
  return new MeshError('UNAVAILABLE', `Nothing that speaks gRPC answers at ${options.api}.`, {
    metadata: {
      hint: 'Start a mesh with `consolemesh up`, or name a conductor with --api HOST:PORT (CONSOLEMESH_API).',
    },
    cause: error,
  });
}
