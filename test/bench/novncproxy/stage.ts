import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../harness/free-ports.ts';
import { makeAuthority } from './certificates.ts';
import { type Amounts, type Backstage, openConsoles, startMesh } from './mesh.ts';
import { host } from './ports.ts';
import { type Process, startNode } from './processes.ts';
import { startOurs, startTheirs } from './proxies.ts';
import type { Way, WayName } from './way.ts';

/** Everything that runs during the benchmark. */
export interface Stage extends AsyncDisposable {
  readonly machine: Process;
  readonly browser: Process;
  readonly ways: Readonly<Record<WayName, Way>>;
  /** Everything; none of them may end by itself. */
  readonly processes: readonly Process[];
}

/** How our proxy is run, and how much there is. */
export interface StageOptions extends Amounts {
  readonly main?: string | undefined;
  readonly nodeArgs?: readonly string[] | undefined;
}

/** Starts everything, each in a process of its own, on loopback. */
export async function startStage(options: StageOptions): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), 'consolemesh-bench-'));
  const processes: Process[] = [];
  const keep = (process: Process) => {
    processes.push(process);
    return process;
  };
  const dispose = async () => {
    await Promise.all(processes.map((process) => process[Symbol.asyncDispose]()));
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const parts = await start({ dir, keep, authority: makeAuthority(dir) }, options);
    return { ...parts, processes, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function start(
  stage: Backstage,
  options: StageOptions,
): Promise<Pick<Stage, 'machine' | 'browser' | 'ways'>> {
  const inRole = (name: string) => {
    const file = fileURLToPath(new URL(`roles/${name}.ts`, import.meta.url));
    return stage.keep(startNode(file, { name, logDir: stage.dir, commands: true }));
  };
  const machine = inRole('machine');
  const browser = inRole('browser');
  const tlsRelay = inRole('tls-relay');
  const machinePort = await machine.ask<number>('port');
  const files = stage.authority.issue('service/holder');
  const tlsRelayPort = await tlsRelay.ask<number>('start', { files, machine: machinePort });
  const port = await freePort();

  const mesh = await startMesh(stage, `http://${host}:${port}/`);
  const { main, nodeArgs, ...amounts } = options;
  const how = { main, nodeArgs, tokenTarget: mesh.token.target, conductorTarget: mesh.conductor.target };
  const ports = { machine: machinePort, tlsRelay: tlsRelayPort };
  const [tokens, proxy, proxyTls, theirs] = await Promise.all([
    openConsoles(stage, mesh.conductor, ports, amounts),
    startOurs(stage, { port, tls: false, ...how }),
    startOurs(stage, { port: await freePort(), tls: true, ...how }),
    startTheirs(stage, machinePort),
  ]);

  const page = { path: '/session', protocol: 'page' } as const;
  const way = (shown: readonly string[]): Way => ({
    proxy: proxy.process,
    to: { port, tls: false, ...page, tokens: shown },
  });
  return {
    machine,
    browser,
    ways: {
      ours: way(tokens.direct),
      oursTls: {
        proxy: proxyTls.process,
        to: { port: proxyTls.port, tls: true, ...page, tokens: tokens.direct },
      },
      oursRelay: { ...way(tokens.relay), holder: mesh.vncDriver.process },
      oursTlsRelay: { ...way(tokens.tlsRelay), holder: tlsRelay },
      ...theirs,
    },
  };
}
