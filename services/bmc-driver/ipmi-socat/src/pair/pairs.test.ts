import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@consolemesh/mesh';
import { describe, expect, it } from 'vitest';
import type { IpmiNode } from '../node/options.ts';
import { toolFilesOf } from '../node/tool-files.ts';
import { createFakeIpmitool } from '../testing/fake-ipmitool.ts';
import { consoleFolder, markSession, writeConsoleFolder } from './console-folder.ts';
import { openPairs, type PairSettings } from './pairs.ts';

const node: IpmiNode = {
  ...{ id: 'n', name: 'n', secrets: { ipmi_password: 'pinewood' } },
  info: {
    ipmi_address: '10.0.0.5',
    ipmi_port: 623,
    ipmi_username: 'admin',
    ipmi_priv_level: 'ADMINISTRATOR',
    ipmi_protocol_version: '2.0',
    ipmi_cipher_suite: 'auto',
    ipmi_sol_hold: 'viewers',
    ipmi_sol_take_over: 'stale',
    ipmi_bridging: 'no',
  },
};

/** A runtime folder as an earlier run left it that was killed, with a session at each of its BMCs. */
async function leftBehind(consoles: number) {
  const tool = await createFakeIpmitool();
  const path = await mkdtemp(join(tmpdir(), 'consolemesh-pairs-'));
  for (let i = 0; i < consoles; i += 1) {
    const folder = consoleFolder(path, `console-${i}`);
    await writeConsoleFolder(folder, toolFilesOf(node, folder), { takeover: false });
    await markSession(folder);
  }
  const settings: PairSettings = {
    address: '127.0.0.1',
    portRanges: [{ from: 10_000, to: 10_010 }],
    idleTimeoutMs: 0,
    limits: { startTimeoutMs: 5_000, checkEveryMs: 100, killTimeoutMs: 500, path: tool.path },
    adopts: false,
    adoptWithinMs: 60_000,
  };
  const runtime = { path, [Symbol.asyncDispose]: async () => {} };
  return {
    tool,
    path,
    open: (more: Partial<PairSettings> = {}) => openPairs(runtime, { ...settings, ...more }, silentLogger),
    async [Symbol.asyncDispose]() {
      await tool[Symbol.asyncDispose]();
      await rm(path, { recursive: true, force: true });
    },
  };
}

describe('what an earlier run left', () => {
  it('is ended before anything is started: at each BMC, and nothing of it stays', async () => {
    await using left = await leftBehind(3);
    await using _pairs = await left.open();
    expect((await left.tool.calls()).map(({ verb }) => verb)).toEqual([
      'deactivate',
      'deactivate',
      'deactivate',
    ]);
    expect(await readdir(left.path)).toEqual([]);
  });

  it('is ended at many BMCs at once, since each that does not answer takes its time', async () => {
    await using left = await leftBehind(4);
    const meeting = join(left.path, 'meeting');
    // Each call waits for all others, a little.
    await left.tool.acts(
      `echo x >>${meeting}; i=0; while [ "$(wc -l <${meeting})" -lt 4 ] && [ $i -lt 70 ]; do sleep 0.1; i=$((i+1)); done
[ "$(wc -l <${meeting})" -ge 4 ] && [ $i -lt 70 ] && echo x >>${meeting}.met`,
    );
    await writeFile(`${meeting}.met`, '');
    await using _pairs = await left.open();
    expect((await readFile(`${meeting}.met`, 'utf8')).split('\n').filter(Boolean)).toHaveLength(4);
  });
});
