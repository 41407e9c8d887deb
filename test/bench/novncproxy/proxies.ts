import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../harness/free-ports.ts';
import { type Backstage, mainOf, meshEnv, type Service } from './mesh.ts';
import { host, listens } from './ports.ts';
import { startNode, startProcess } from './processes.ts';
import type { Way } from './way.ts';

/** Sessions that our proxies are allowed. */
const most = 5_000;

/** How our proxy is run. */
export interface OursOptions {
  readonly port: number;
  readonly tls: boolean;
  readonly tokenTarget: string;
  readonly conductorTarget: string;
  /** Its main file; another build of it can be compared. */
  readonly main?: string | undefined;
  /** For its Node.js, such as --cpu-prof. */
  readonly nodeArgs?: readonly string[] | undefined;
}

/** Starts our proxy. */
export async function startOurs({ dir, authority, keep }: Backstage, options: OursOptions): Promise<Service> {
  const { port, tls, main = mainOf('novncproxy'), nodeArgs = [] } = options;
  const name = tls ? 'novncproxy-tls' : 'novncproxy';
  const web = authority.issue(`service/web-${name}`);
  const env = {
    ...meshEnv(authority, 'novncproxy'),
    CONSOLEMESH_LISTEN: `${host}:${port}`,
    CONSOLEMESH_GRPC_LISTEN: `${host}:0`,
    CONSOLEMESH_TOKEN_TARGET: options.tokenTarget,
    CONSOLEMESH_CONDUCTOR_TARGET: options.conductorTarget,
    CONSOLEMESH_MAX_SESSIONS: String(most),
    CONSOLEMESH_MAX_CONNECTIONS: String(2 * most),
    // Everybody comes from one address here.
    CONSOLEMESH_OPEN_BURST: '1000000',
    ...(tls
      ? { CONSOLEMESH_WEB_TLS_CERTIFICATE_FILE: web.certificate, CONSOLEMESH_WEB_TLS_KEY_FILE: web.key }
      : {}),
  };
  const collect = fileURLToPath(new URL('collect-on-request.ts', import.meta.url));
  const args = ['--expose-gc', '--import', collect, ...nodeArgs];
  const process = keep(startNode(main, { name, env, logDir: dir, commands: true, nodeArgs: args }));
  await listens(process, port);
  return { process, port, target: '' };
}

/** Starts websockify in three forms (plain, TLS, tokens from a file) and the plain `ws` proxy. */
export async function startTheirs(
  stage: Backstage,
  machinePort: number,
): Promise<Record<'websockify' | 'websockifyTls' | 'websockifyToken' | 'ws', Way>> {
  const web = stage.authority.issue('service/web-websockify');
  const target = `${host}:${machinePort}`;
  const tokenFile = join(stage.dir, 'tokens');
  const token = randomBytes(32).toString('base64url');
  writeFileSync(tokenFile, `${token}: ${target}\n`);
  const plain = { path: '/websockify', protocol: 'plain', tokens: [] } as const;
  const byToken = { path: '/websockify?token={token}', protocol: 'plain', tokens: [token] } as const;

  const certificate = [`--cert=${web.certificate}`, `--key=${web.key}`, '--ssl-only'];
  const file = ['--token-plugin=TokenFile', `--token-source=${tokenFile}`];
  const direct = await startWebsockify(stage, 'websockify', [], [target]);
  const tls = await startWebsockify(stage, 'websockify-tls', certificate, [target]);
  const tokens = await startWebsockify(stage, 'websockify-token', file, []);
  const ws = await startWs(stage, machinePort);
  return {
    websockify: { proxy: direct.process, to: { port: direct.port, tls: false, ...plain } },
    websockifyTls: { proxy: tls.process, to: { port: tls.port, tls: true, ...plain } },
    websockifyToken: { proxy: tokens.process, to: { port: tokens.port, tls: false, ...byToken } },
    ws: { proxy: ws.process, to: { port: ws.port, tls: false, ...plain } },
  };
}

async function startWebsockify(
  { dir, keep }: Backstage,
  name: string,
  options: readonly string[],
  target: readonly string[],
): Promise<Service> {
  const port = await freePort();
  const args = [...options, `${host}:${port}`, ...target];
  const process = keep(startProcess({ name, command: '/usr/bin/websockify', args, logDir: dir }));
  await listens(process, port);
  return { process, port, target: '' };
}

async function startWs({ dir, keep }: Backstage, machinePort: number): Promise<Service> {
  const port = await freePort();
  const proxy = fileURLToPath(new URL('roles/ws-proxy.ts', import.meta.url));
  const args = [String(port), String(machinePort)];
  const process = keep(startNode(proxy, { name: 'ws-proxy', args, logDir: dir }));
  await listens(process, port);
  return { process, port, target: '' };
}
