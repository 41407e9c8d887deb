import assert from 'node:assert/strict';
import { ContainerPhase, type WatchContainersResponse } from '@consolemesh/contracts/provider';
import { applies, type Case } from '../case.ts';
import { watchStream } from '../watcher.ts';
import type { ProviderEnv } from './environment.ts';

/** WatchContainers. */
export const watchCases: Case<ProviderEnv>[] = [
  {
    title: 'PROV-WATCH-1 every container is reported once, then comes synced',
    async run(env) {
      const mine = [(await env.start()).key.consoleId, (await env.start()).key.consoleId];
      await using watch = openWatch(env);
      await watch.next('synced', isSynced);
      const before = watch.notices.slice(0, watch.notices.findIndex(isSynced));
      const reported = before.flatMap((notice) => containerOf(notice)?.key?.consoleId ?? []);
      for (const id of mine) assert.equal(reported.filter((other) => other === id).length, 1);
    },
  },
  {
    title: 'PROV-WATCH-2 starts and stops are reported, without being asked for',
    async run(env) {
      await using watch = openWatch(env);
      await watch.next('synced', isSynced);
      const { key, request } = await env.start();
      await watch.next('READY', (notice) => isPhase(notice, key.consoleId, ContainerPhase.READY));
      await env.provider.stopContainer({ key, fence: request.fence });
      await watch.next('STOPPED', (notice) => isPhase(notice, key.consoleId, ContainerPhase.STOPPED));
    },
  },
  {
    title: 'PROV-WATCH-3 a sign of life comes at least every 10 seconds',
    timeoutMs: 40_000,
    async run(env) {
      await using watch = openWatch(env);
      await watch.next('synced', isSynced);
      const isHeartbeat = ({ notice }: WatchContainersResponse) => notice?.$case === 'heartbeat';
      await watch.next('a heartbeat', isHeartbeat, 0, 11_000);
    },
  },
  {
    title: 'PROV-WATCH-4 a container that dies by itself is reported',
    timeoutMs: 60_000,
    async run(env) {
      applies(env.subject.kill, 'the subject cannot kill a container');
      const { key, answer } = await env.start();
      await using watch = openWatch(env);
      await watch.next('synced', isSynced);
      const from = watch.notices.length;
      await env.subject.kill(answer.runtimeName);
      const isNotReady = (notice: WatchContainersResponse) =>
        isPhase(notice, key.consoleId, ContainerPhase.STOPPED) ||
        isPhase(notice, key.consoleId, ContainerPhase.DEGRADED);
      await watch.next('its end', isNotReady, from, 45_000);
    },
  },
];

const openWatch = (env: ProviderEnv) => watchStream((signal) => env.provider.watchContainers({}, { signal }));

function isSynced({ notice }: WatchContainersResponse): boolean {
  return notice?.$case === 'synced';
}

function containerOf({ notice }: WatchContainersResponse) {
  return notice?.$case === 'container' ? notice.value : undefined;
}

function isPhase(notice: WatchContainersResponse, consoleId: string, phase: ContainerPhase): boolean {
  const container = containerOf(notice);
  return container?.key?.consoleId === consoleId && container.phase === phase;
}
