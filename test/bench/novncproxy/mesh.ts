import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ConsoleServiceDefinition,
  NodeServiceDefinition,
  ObservedState,
  Route,
} from '@consolemesh/contracts/conductor';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { connect, mtlsFromFiles, type Trust, toDuration } from '@consolemesh/mesh';
import { freePort } from '../../harness/free-ports.ts';
import type { Authority } from './certificates.ts';
import { host, listens } from './ports.ts';
import { type Process, startNode } from './processes.ts';

/** What starting something needs. */
export interface Backstage {
  /** For files and logs. */
  readonly dir: string;
  readonly authority: Authority;
  /** Ends the process with the stage. */
  keep(process: Process): Process;
}

/** A service and where it listens. */
export interface Service {
  readonly process: Process;
  readonly port: number;
  readonly target: string;
}

/** The services behind the proxies. */
export interface Mesh {
  readonly token: Service;
  readonly conductor: Service;
  readonly vncDriver: Service;
}

/** Tokens for consoles, by the way that their bytes take. */
export type Tokens = Readonly<Record<'direct' | 'relay' | 'tlsRelay', readonly string[]>>;

/** How many there are. */
export interface Amounts {
  /** Nodes with the direct way: a console bears 64 sessions, and the row about memory wants 500. */
  readonly directNodes: number;
  /** Tokens for each way; sessions use them in turn. */
  readonly tokensEach: number;
}

/** A main file of this repository. */
export const mainOf = (service: string) =>
  fileURLToPath(new URL(`../../../services/${service}/src/main.ts`, import.meta.url));

/** Token service, conductor and driver as an operator runs them, each in a process of its own, with mTLS and SQLite. */
export async function startMesh(stage: Backstage, publicUrl: string): Promise<Mesh> {
  const database = (name: string) => `sqlite:${join(stage.dir, `${name}.sqlite`)}`;
  const [token, vncDriver] = await Promise.all([
    startService(stage, 'token', { CONSOLEMESH_DATABASE_URL: database('token') }),
    // No look at the machines while something is measured.
    startService(stage, 'bmc-driver/vnc', { CONSOLEMESH_CHECK_INTERVAL: '1h' }),
  ]);
  const conductor = await startService(stage, 'conductor', {
    CONSOLEMESH_DATABASE_URL: database('conductor'),
    CONSOLEMESH_ADMINISTRATORS: 'user/bench',
    CONSOLEMESH_DRIVERS: vncDriver.target,
    CONSOLEMESH_TOKEN_TARGET: token.target,
    CONSOLEMESH_NOVNCPROXY_URL: publicUrl,
    CONSOLEMESH_MAX_SESSIONS: '64',
  });
  return { token, conductor, vncDriver };
}

/** Enables one console for each way (several for the direct one) and asks for URLs, as a user does. */
export async function openConsoles(
  { authority }: Backstage,
  conductor: Service,
  ports: { readonly machine: number; readonly tlsRelay: number },
  { directNodes, tokensEach }: Amounts,
): Promise<Tokens> {
  using operator = connect(conductor.target, {
    trust: trustOf(authority, 'user/bench'),
    deadlineMs: 40_000,
  });
  const nodes = operator.client(NodeServiceDefinition);
  const consoles = operator.client(ConsoleServiceDefinition);

  const enable = async (name: string, route: Route, driverInfo: Record<string, string>) => {
    const common = { vnc_address: host, vnc_max_sessions: '64' };
    const interfaces = { graphical: 'vnc', serial: 'none', power: 'none' };
    await nodes.createNode({ node: { name, route, interfaces, driverInfo: { ...common, ...driverInfo } } });
    const wait = toDuration(30_000);
    const { console } = await consoles.enableConsole({ node: name, kind: ConsoleKind.GRAPHICAL, wait });
    if (console?.observed !== ObservedState.READY) {
      throw new Error(`${name} was not enabled: ${console?.lastError?.message}`);
    }
  };
  const issue = (names: readonly string[]) =>
    Promise.all(
      Array.from({ length: tokensEach }, async (_, i) => {
        const node = names[i % names.length]!;
        const ttl = toDuration(6 * 3_600_000);
        const url = { node, kind: ConsoleKind.GRAPHICAL, ttl, subject: `viewer-${i}` };
        return (await consoles.createConsoleUrl(url)).token;
      }),
    );

  const plain = { vnc_port: String(ports.machine), vnc_security: 'none' };
  const tls = {
    vnc_port: String(ports.tlsRelay),
    vnc_security: 'tls, none',
    vnc_verify: 'ca',
    vnc_ca: readFileSync(authority.ca, 'utf8'),
    vnc_server_name: 'localhost',
  };
  const direct = Array.from({ length: directNodes }, (_, i) => `direct-${i}`);
  await Promise.all([
    ...direct.map((name) => enable(name, Route.DIRECT, plain)),
    enable('relay', Route.RELAY, plain),
    enable('tls-relay', Route.DIRECT, tls),
  ]);
  return { direct: await issue(direct), relay: await issue(['relay']), tlsRelay: await issue(['tls-relay']) };
}

/** The settings that give a service its identity. */
export function meshEnv(authority: Authority, name: string): Record<string, string> {
  const files = authority.issue(`service/${name}`);
  return {
    CONSOLEMESH_TLS_CA_FILE: files.ca,
    CONSOLEMESH_TLS_CERTIFICATE_FILE: files.certificate,
    CONSOLEMESH_TLS_KEY_FILE: files.key,
  };
}

async function startService(
  { dir, authority, keep }: Backstage,
  service: string,
  settings: Record<string, string>,
): Promise<Service> {
  const port = await freePort();
  const name = service.replace('/', '-');
  const env = { ...meshEnv(authority, name), CONSOLEMESH_LISTEN: `${host}:${port}`, ...settings };
  const process = keep(startNode(mainOf(service), { name, env, logDir: dir }));
  await listens(process, port);
  return { process, port, target: `dns:///${host}:${port}` };
}

function trustOf(authority: Authority, identity: string): Trust {
  const { ca, certificate, key } = authority.issue(identity);
  return mtlsFromFiles({
    trustDomain: 'consolemesh.local',
    caFile: ca,
    certificateFile: certificate,
    keyFile: key,
  });
}
