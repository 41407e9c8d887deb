import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { MeshError } from '@consolemesh/errors';
import { listenersAt, nameProcess, socketsOf } from '../host/processes.ts';
import { endProcesses } from './end-processes.ts';
import { type PairRecord, writePairRecord } from './pair-record.ts';
import { missingProgram } from './run-tool.ts';
import { type SocatPlan, socatArguments } from './socat-arguments.ts';
import { openWords, readWords } from './socat-words.ts';

/** How programs are started and ended. */
export interface ProcessLimits {
  readonly startTimeoutMs: number;
  readonly checkEveryMs: number;
  readonly killTimeoutMs: number;
  /** PATH of the programs. */
  readonly path: string;
}

/** A socat that listens. */
export interface StartedSocat {
  readonly record: PairRecord;
  readonly child: ChildProcess;
}

/**
 * Starts a socat, which lives on when this process ends; resolves when it listens and stands in its folder.
 * @throws MeshError RESOURCE_EXHAUSTED when the port is taken, UNAVAILABLE when it does not start, CANCELLED
 */
export async function startSocat(
  plan: SocatPlan,
  limits: ProcessLimits,
  signal: AbortSignal,
): Promise<StartedSocat> {
  const args = socatArguments(plan);
  const words = await openWords(plan.folder);
  const child = spawn('socat', args, {
    stdio: ['ignore', 'ignore', words.fd],
    env: { PATH: limits.path },
    detached: true,
    cwd: '/',
  });
  child.unref();
  let failed: Error | undefined;
  child.once('error', (error) => {
    failed = error;
  });
  await words.close();
  try {
    const until = performance.now() + limits.startTimeoutMs;
    for (let wait = 5; ; wait = Math.min(wait * 2, limits.checkEveryMs)) {
      signal.throwIfAborted();
      if (failed)
        throw (failed as NodeJS.ErrnoException).code === 'ENOENT' ? missingProgram('socat') : failed;
      const listener = child.pid && (await listenerOf(child.pid, plan.port));
      const socat = listener && child.pid ? await nameProcess(child.pid) : undefined;
      if (listener && socat) {
        const record = { socat, arguments: args, port: plan.port, listener };
        await writePairRecord(plan.folder, record);
        return { record, child };
      }
      if (child.exitCode !== null || child.signalCode !== null) throw await whyItEnded(plan);
      if (performance.now() > until) {
        throw new MeshError(
          'UNAVAILABLE',
          `socat did not listen at port ${plan.port} within ${limits.startTimeoutMs} ms.`,
        );
      }
      await sleep(wait);
    }
  } catch (error) {
    await endProcesses(plan.folder, limits.killTimeoutMs);
    throw signal.aborted ? new MeshError('CANCELLED', undefined, { cause: error }) : error;
  }
}

async function listenerOf(pid: number, port: number): Promise<string | undefined> {
  const own = await socketsOf(pid);
  if (own.size === 0) return undefined;
  for (const inode of await listenersAt(port)) if (own.has(inode)) return inode;
  return undefined;
}

async function whyItEnded({ folder, port, address }: SocatPlan): Promise<MeshError> {
  const words = await readWords(folder);
  if (/Address already in use/.test(words)) return portTaken(port);
  if (/Cannot assign requested address/.test(words)) {
    return new MeshError(
      'UNAVAILABLE',
      `This host does not have the address ${address}; correct CONSOLEMESH_SOCAT_ADDRESS.`,
    );
  }
  return new MeshError(
    'UNAVAILABLE',
    `socat ended when it was started: ${words.trim().split('\n').at(-1) || 'it did not say why'}.`,
  );
}

/** The error for a port that somebody else has. */
export function portTaken(port: number, by = 'another program of this host'): MeshError {
  return new MeshError(
    'RESOURCE_EXHAUSTED',
    `Port ${port} is taken by ${by}; choose another ipmi_terminal_port, or leave it out.`,
    { metadata: { field: 'driver_info.ipmi_terminal_port' } },
  );
}

/** Whether nobody listens at the port. */
export async function isPortFree(address: string, port: number): Promise<boolean> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(new MeshError('UNAVAILABLE', `This host cannot listen at ${address}: ${error.message}.`));
    });
    server.listen({ host: address, port, exclusive: true, ipv6Only: true }, () => resolve(true));
  });
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}
