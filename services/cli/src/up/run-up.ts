import { readFileSync } from 'node:fs';
import { createLogger, type LogLevel } from '@consolemesh/mesh';
import type { Context } from '../context.ts';
import { UsageError } from '../exit-codes.ts';
import type { Colors } from '../io.ts';
import { type RunningMesh, startUp, usualPorts } from './start-up.ts';
import { startUpTelemetry } from './up-telemetry.ts';

/** Options of `up`. */
export interface UpCommandOptions {
  readonly host: string;
  readonly port: number;
  /** Undefined: the usual one, or a free one when that is taken; so are the next two. */
  readonly serialPort?: number;
  readonly linePort?: number;
  readonly apiPort: number;
  readonly tokenPort?: number;
  readonly data?: string;
  readonly database?: string;
  readonly simulator: boolean;
  readonly logLevel: LogLevel;
}

/** Where the other commands look for the services, unless they are told. */
const usualApi = '127.0.0.1:7110';
const usualTokenApi = `127.0.0.1:${usualPorts.token}`;

/** Runs the mesh until it is told to stop, then ends it. */
export async function runUp(context: Context, options: UpCommandOptions): Promise<void> {
  const { io } = context;
  // Asked for first: a Ctrl-C during the start must end what has been started so far.
  const stop = io.stop();
  const destination = { write: (line: string) => void io.stderr.write(line) };
  const logger = createLogger('up', options.logLevel, destination);
  const databaseUrl = options.database === undefined ? undefined : readDatabaseUrl(options.database, io.env);
  // Around the services, so that it tells of their start and of their end.
  await using telemetry = await startUpTelemetry(io.env, logger);
  await using mesh = await startUp({
    ...options,
    databaseUrl,
    logger,
    onProgress: (text) => {
      if (io.stderr.isTTY) context.note(context.colours.dim(`… ${text}`));
    },
  });
  if (!stop.aborted) {
    const { metricsUrl } = telemetry;
    if (context.json) context.show({ ...mesh, metricsUrl });
    else io.stdout.write(describe({ ...mesh, metricsUrl }, options, context.colours));
    await aborted(stop);
  }
  if (io.stderr.isTTY) context.note(context.colours.dim('\n… ending (Ctrl-C again ends at once)'));
}

/** A URL with a password is a secret: `@FILE` reads it from a file, and only one without a password may stand in the command. */
function readDatabaseUrl(given: string, env: Context['io']['env']): string {
  if (given.startsWith('@')) {
    try {
      return readFileSync(given.slice(1), 'utf8').trim();
    } catch (error) {
      throw new UsageError(
        `--database: ${given.slice(1)} cannot be read (${(error as NodeJS.ErrnoException).code})`,
      );
    }
  }
  if (given === env.CONSOLEMESH_DATABASE_URL) return given;
  if (URL.canParse(given) && new URL(given).password !== '') {
    throw new UsageError(
      '--database holds a password, which every user of this machine can see there; write the URL into a file and say --database @FILE',
    );
  }
  return given;
}

/** A mesh as it is described. */
type Described = RunningMesh & { readonly metricsUrl: string | undefined };

function describe(mesh: Described, options: UpCommandOptions, colours: Colors): string {
  const [first, ...others] = mesh.nodes;
  const example = first?.name ?? 'rack1-u7';
  const lines = [
    '',
    first
      ? `${colours.bold('Open these in a browser')}: the simulated machine ${first.name}, its screen and its serial console (good for 8 hours)`
      : `${colours.bold('The mesh runs')}; screens open at ${mesh.pageUrl}, serial consoles at ${mesh.serialPageUrl}`,
    ...(first ? ['', `  ${colours.cyan(first.url)}`, `  ${colours.cyan(first.serialUrl)}`] : []),
    '',
    `API      ${mesh.api} (gRPC, with reflection)`,
    `tokens   ${mesh.tokenApi} (gRPC; ${whereTokens(mesh, options)})`,
    `lines    ${mesh.line} (serial consoles for programs)`,
    mesh.data === undefined ? 'data     temporary, removed at the end' : `data     ${mesh.data}`,
    ...(mesh.metricsUrl === undefined ? [] : [`metrics  ${mesh.metricsUrl}`]),
    ...(others.length > 0 ? [`also     ${others.map(({ name }) => name).join(', ')}`] : []),
    '',
    'In a second terminal:',
    `  ${command(mesh, 'node list')}`,
    `  ${command(mesh, first ? `console url ${others[0]?.name ?? example}` : 'node create rack1-u7 --info vnc_address=192.0.2.7')}`,
    `  ${command(mesh, first ? `doctor ${example}` : 'console enable rack1-u7 --wait')}`,
    `  ${command(mesh, 'token list')}`,
    '',
    'Ctrl-C ends it.',
    '',
  ];
  return `${lines.join('\n')}\n`;
}

/** What is to be said of the place of the token service: it matters where the other commands do not look for it by themselves. */
function whereTokens({ tokenApi }: RunningMesh, { tokenPort }: UpCommandOptions): string {
  if (tokenApi === usualTokenApi) return 'for token list and revoke';
  const tell = `tell the token commands: --token-api ${tokenApi}, or CONSOLEMESH_TOKEN_API`;
  return tokenPort === undefined ? `port ${usualPorts.token} is taken by another program; ${tell}` : tell;
}

/** A command as it can be copied: from a checkout, and with the addresses of the services that are not where they usually are. */
function command(mesh: RunningMesh, rest: string): string {
  const api = mesh.api === usualApi ? '' : ` --api ${mesh.api}`;
  const tokens =
    mesh.tokenApi === usualTokenApi || !rest.startsWith('token') ? '' : ` --token-api ${mesh.tokenApi}`;
  return `services/cli/bin/consolemesh.mjs${api}${tokens} ${rest}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  // A signal alone does not keep the process alive, but the servers do.
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
