import pc from 'picocolors';
import type { Clients, Conductor, TokenClient } from './api/open-clients.ts';
import type { GlobalOptions } from './global-options.ts';
import type { Colors, Io } from './io.ts';
import { wantsColour } from './io.ts';
import { type Column, formatRecord, formatTable } from './output/table.ts';

export type { Conductor, TokenClient } from './api/open-clients.ts';

/** What a command works with. */
export interface Context extends Disposable {
  readonly io: Io;
  readonly options: GlobalOptions;
  readonly json: boolean;
  /** Colours for standard output, or none. */
  readonly colours: Colors;
  /** Clients of the conductor's services; a call may take `deadlineMs`, 10 s unless told. */
  conductor(deadlineMs?: number): Promise<Conductor>;
  /** Client of the token service. */
  tokens(): Promise<TokenClient>;
  /** Prints things: as JSON whatever the view, or as a table. */
  list<T>(rows: readonly T[], columns: readonly Column<T>[]): void;
  /** Prints one thing: as JSON, or a line for each field. */
  show(view: object, fields?: Readonly<Record<string, unknown>>): void;
  /** Says something beside the answer, on standard error; nothing when quiet. */
  note(text: string): void;
}

/** Makes the context of one command. Connections open when they are first used and close with it. */
export function createContext(io: Io, options: GlobalOptions): Context {
  const json = options.output === 'json';
  const colours = pc.createColors(wantsColour(io.stdout, io.env));
  let clients: Clients | undefined;
  let loading: Promise<Clients> | undefined;

  /** What speaks gRPC is large: it is loaded by the first command that calls something. */
  async function load(): Promise<Clients> {
    const api = await import('./api/open-clients.ts');
    clients = api.openClients(options, await api.readTrust(options, io));
    return clients;
  }
  /** Once, so that a password is asked for once. */
  const loaded = () => {
    loading ??= load();
    return loading;
  };

  const print = (text: string) => void io.stdout.write(text);
  return {
    io,
    options,
    json,
    colours,
    conductor: async (deadlineMs) => (await loaded()).conductor(deadlineMs),
    tokens: async () => (await loaded()).tokens(),
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
      clients?.[Symbol.dispose]();
    },
  };
}

/** JSON as it is printed; 64-bit numbers that no view has turned into text yet are turned here. */
function formatJson(value: unknown): string {
  return `${JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? item.toString() : item), 2)}\n`;
}
