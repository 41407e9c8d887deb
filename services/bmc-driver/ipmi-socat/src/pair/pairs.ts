import { randomUUID } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MeshError } from '@consolemesh/errors';
import type { Logger } from '@consolemesh/mesh';
import type { RuntimeFolder } from '../host/runtime-folder.ts';
import type { IpmiNode } from '../node/options.ts';
import { toolFilesOf } from '../node/tool-files.ts';
import type { PortRange } from '../settings/port-ranges.ts';
import {
  consoleFolder,
  folderExists,
  forgetSession,
  holdsConsole,
  markSession,
  mayHoldSession,
  writeConsoleFolder,
} from './console-folder.ts';
import { endProcesses } from './end-processes.ts';
import { pairStands, readPairRecord } from './pair-record.ts';
import { createPortPool } from './port-pool.ts';
import { runTool } from './run-tool.ts';
import { socatArguments } from './socat-arguments.ts';
import { type ProcessLimits, startSocat } from './start-socat.ts';
import { type SupervisedPair, supervisePair } from './supervise.ts';

/** What the pairs of an instance are made with. */
export interface PairSettings {
  /** IP address at which each socat listens. */
  readonly address: string;
  readonly portRanges: readonly PortRange[];
  readonly idleTimeoutMs: number;
  readonly limits: ProcessLimits;
  /** Pairs outlive this process, and those of an earlier one are taken over. */
  readonly adopts: boolean;
  /** Those that nobody asks for are ended after this, ms. */
  readonly adoptWithinMs: number;
}

/** A console to be had through a socat. */
export interface PairWish {
  readonly consoleId: string;
  readonly node: IpmiNode;
  /** Name of the BMC, for messages. */
  readonly where: string;
  /** Port that an earlier instance had for it. */
  readonly portBefore?: number | undefined;
  /** Another instance may have left a session at the BMC. */
  readonly mayBeHeld: boolean;
  readonly changed: () => void;
}

/** The socats of one driver instance, one for each console. */
export interface Pairs extends AsyncDisposable {
  /** Of this run. What it has started it has also ended, so nothing of it is left at a BMC. */
  readonly runId: string;
  /**
   * A socat that listens: one of an earlier run that is as wished, or a new one, after the BMC has accepted the credentials.
   * @throws MeshError BMC_*, RESOURCE_EXHAUSTED, UNAVAILABLE, CANCELLED
   */
  start(wish: PairWish, signal: AbortSignal): Promise<{ pair: SupervisedPair; adopted: boolean }>;
  find(consoleId: string): SupervisedPair | undefined;
  folderOf(consoleId: string): string;
  /** Ends everything of a console, also what an earlier run left; a session that may stand at the BMC is ended if that answers. */
  end(consoleId: string): Promise<void>;
  /** Asks the BMC who it is, which needs the credentials. @throws MeshError BMC_* */
  login(node: IpmiNode, where: string, signal: AbortSignal): Promise<void>;
}

/** Longest time for giving back what may be left at a BMC, ms. */
const giveBackWithinMs = 8_000;

/** Consoles of an earlier run that are ended at once: a BMC that does not answer takes its time. */
const sweptAtOnce = 16;

/** Takes the runtime folder as an earlier run left it. */
export async function openPairs(
  runtime: RuntimeFolder,
  settings: PairSettings,
  logger: Logger,
): Promise<Pairs> {
  const { limits } = settings;
  const pairs = new Map<string, SupervisedPair>();
  const ports = createPortPool(settings.portRanges, settings.address);
  const folderOf = (consoleId: string) => consoleFolder(runtime.path, consoleId);
  /** Folders that are being ended. */
  const endings = new Map<string, Promise<void>>();
  let logins = 0;

  /** Folders of an earlier run that nobody has asked for yet. */
  const unclaimed = new Set(await leftFolders(runtime.path));
  async function sweepOneByOne(): Promise<void> {
    for (const folder of unclaimed) {
      unclaimed.delete(folder);
      await endFolder(folder).catch((err: unknown) =>
        logger.warn({ err }, 'a console of an earlier run could not be ended'),
      );
    }
  }
  const sweep = () => Promise.all(Array.from({ length: sweptAtOnce }, sweepOneByOne));
  // What is not adopted is ended before anything is started: its ports and its places at BMCs are needed.
  if (!settings.adopts) await sweep();
  const sweeper = setTimeout(() => void sweep(), settings.adoptWithinMs);
  sweeper.unref();

  /** The same for whoever asks meanwhile: the folder that is removed at last must not be one that somebody else has made anew. */
  function endFolder(folder: string): Promise<void> {
    const ending = endings.get(folder) ?? endFolderNow(folder).finally(() => endings.delete(folder));
    endings.set(folder, ending);
    return ending;
  }

  /** Ends the processes of a folder and what they may have left at the BMC, then the folder. */
  async function endFolderNow(folder: string): Promise<void> {
    // It goes last: without it there are no processes.
    if (!(await folderExists(folder))) return;
    await endProcesses(folder, limits.killTimeoutMs);
    if (await mayHoldSession(folder)) {
      const signal = AbortSignal.timeout(giveBackWithinMs);
      await runTool(folder, 'deactivate', { where: 'the BMC', path: limits.path, signal }).catch(() => {});
    }
    await rm(folder, { recursive: true, force: true });
  }

  async function end(consoleId: string): Promise<void> {
    const pair = pairs.get(consoleId);
    const folder = folderOf(consoleId);
    unclaimed.delete(folder);
    await pair?.end();
    await endFolder(folder);
    pairs.delete(consoleId);
    ports.release(consoleId);
  }

  function hold(consoleId: string, pair: SupervisedPair): SupervisedPair {
    pairs.set(consoleId, pair);
    return pair;
  }

  /** The socat of an earlier run, if it is what is wished for. */
  async function adopt({ consoleId, node, changed }: PairWish): Promise<SupervisedPair | undefined> {
    const folder = folderOf(consoleId);
    if (!settings.adopts || !unclaimed.has(folder)) return undefined;
    const record = await readPairRecord(folder);
    if (!record || !(await pairStands(record))) return undefined;
    const { port } = record;
    const { ipmi_terminal_port: fixed } = node.info;
    if (fixed !== undefined && fixed !== port) return undefined;
    const plan = { address: settings.address, port, folder, idleTimeoutMs: settings.idleTimeoutMs };
    if (JSON.stringify(socatArguments(plan)) !== JSON.stringify(record.arguments)) return undefined;
    if (!(await holdsConsole(folder, toolFilesOf(node, folder), { takeover: takesOver(node) })))
      return undefined;
    unclaimed.delete(folder);
    ports.keep(consoleId, port);
    return hold(consoleId, supervisePair(plan, { record }, { limits, logger, changed }));
  }

  async function make(wish: PairWish, signal: AbortSignal): Promise<SupervisedPair> {
    const { consoleId, node, where, changed } = wish;
    const folder = folderOf(consoleId);
    const before = wish.portBefore ?? (await readPairRecord(folder))?.port;
    await end(consoleId);
    try {
      await writeConsoleFolder(folder, toolFilesOf(node, folder), { takeover: takesOver(node) });
      await runTool(folder, 'login', { where, path: limits.path, signal });
      if (wish.mayBeHeld) {
        await markSession(folder);
        await runTool(folder, 'deactivate', { where, path: limits.path, signal });
        await forgetSession(folder);
      }
      const port = await ports.take(consoleId, { fixed: node.info.ipmi_terminal_port, before });
      const plan = { address: settings.address, port, folder, idleTimeoutMs: settings.idleTimeoutMs };
      const started = await startSocat(plan, limits, signal);
      return hold(consoleId, supervisePair(plan, started, { limits, logger, changed }));
    } catch (error) {
      await end(consoleId).catch(() => {});
      throw signal.aborted ? new MeshError('CANCELLED', undefined, { cause: error }) : error;
    }
  }

  return {
    runId: randomUUID(),
    folderOf,
    end,
    find: (consoleId) => pairs.get(consoleId),
    async start(wish, signal) {
      const adopted = await adopt(wish);
      return adopted ? { pair: adopted, adopted: true } : { pair: await make(wish, signal), adopted: false };
    },
    async login(node, where, signal) {
      logins += 1;
      const folder = join(runtime.path, `login-${logins}`);
      try {
        await writeConsoleFolder(folder, toolFilesOf(node, folder), { takeover: false });
        await runTool(folder, 'login', { where, path: limits.path, signal });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(sweeper);
      if (settings.adopts) for (const pair of pairs.values()) pair.leave();
      else await Promise.all([...pairs.keys()].map(end));
      await runtime[Symbol.asyncDispose]();
    },
  };
}

const takesOver = ({ info }: IpmiNode) => info.ipmi_sol_take_over === 'always';

async function leftFolders(path: string): Promise<string[]> {
  const entries = await readdir(path);
  return entries.filter((entry) => /^(?:c|login)-[0-9a-f]+$/.test(entry)).map((entry) => join(path, entry));
}
