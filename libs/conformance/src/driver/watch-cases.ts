import assert from 'node:assert/strict';
import {
  type ConsoleContext,
  ConsolePhase,
  type WatchConsolesRequest,
  type WatchConsolesResponse,
} from '@consolemesh/contracts/driver';
import type { Case } from '../case.ts';
import { type Watcher, watchStream } from '../watcher.ts';
import type { DriverEnv } from './environment.ts';

/** WatchConsoles. */
export const watchCases: Case<DriverEnv>[] = [
  {
    title: 'DRV-WATCH-1 everything that was subscribed is reported once, then comes synced',
    async run(env) {
      const consoles = [await env.start(), await env.start(), await env.start()];
      await using watch = openWatch(env);
      for (const { context } of consoles) watch.subscribe(context);
      watch.endOfSubscriptions();
      await watch.next('synced', isSynced);
      const synced = watch.notices.findIndex(isSynced);
      const reported = watch.notices
        .slice(0, synced)
        .flatMap((notice) => consoleOf(notice)?.key?.consoleId ?? []);
      assert.deepEqual(reported.sort(), consoles.map(({ consoleId }) => consoleId).sort());
    },
  },
  {
    title: 'DRV-WATCH-1 with nothing subscribed synced comes at once',
    async run(env) {
      await using watch = openWatch(env);
      watch.endOfSubscriptions();
      await watch.next('synced', isSynced);
      assert.equal(watch.notices.length, 1);
    },
  },
  {
    title: 'DRV-WATCH-2 a console that is stopped is reported STOPPED, without being asked for',
    async run(env) {
      const { context, consoleId } = await env.start();
      await using watch = openWatch(env);
      watch.subscribe(context);
      watch.endOfSubscriptions();
      await watch.next('synced', isSynced);
      const from = watch.notices.length;
      await env.driver.stopConsole({ context });
      await watch.next('STOPPED', (notice) => isPhase(notice, consoleId, ConsolePhase.STOPPED), from);
    },
  },
  {
    title: 'DRV-WATCH-3 a sign of life comes at least every 10 seconds',
    timeoutMs: 40_000,
    async run(env) {
      await using watch = openWatch(env);
      watch.endOfSubscriptions();
      await watch.next('synced', isSynced);
      const isHeartbeat = ({ notice }: WatchConsolesResponse) => notice?.$case === 'heartbeat';
      await watch.next('a heartbeat', isHeartbeat, 0, 11_000);
    },
  },
  {
    title: 'DRV-WATCH-4 a console that was unsubscribed is reported no more',
    async run(env) {
      const [first, second] = [await env.start(), await env.start()];
      await using watch = openWatch(env);
      watch.subscribe(first.context);
      watch.subscribe(second.context);
      watch.endOfSubscriptions();
      await watch.next('synced', isSynced);
      watch.unsubscribe(first.consoleId);
      // Changes of one stream are taken in order: when the third is reported, the first is no longer watched.
      const third = await env.start();
      watch.subscribe(third.context);
      await watch.next(
        'the third console',
        (notice) => consoleOf(notice)?.key?.consoleId === third.consoleId,
      );
      const from = watch.notices.length;
      await env.driver.stopConsole({ context: first.context });
      await env.driver.stopConsole({ context: second.context });
      await watch.next('STOPPED', (notice) => isPhase(notice, second.consoleId, ConsolePhase.STOPPED), from);
      assert(
        !watch.notices.slice(from).some((notice) => consoleOf(notice)?.key?.consoleId === first.consoleId),
      );
    },
  },
  {
    title: 'DRV-WATCH-5 a console can be subscribed later, and one that is unknown is reported STOPPED',
    async run(env) {
      await using watch = openWatch(env);
      watch.endOfSubscriptions();
      await watch.next('synced', isSynced);
      const { context } = env.request();
      watch.subscribe(context!);
      await watch.next('STOPPED', (notice) => isPhase(notice, context!.key!.consoleId, ConsolePhase.STOPPED));
    },
  },
  {
    title: 'DRV-WATCH-6 a newer context takes the place of the older one',
    async run(env) {
      const request = await env.prepare();
      await using watch = openWatch(env);
      watch.subscribe(request.context!);
      watch.endOfSubscriptions();
      await watch.next('synced', isSynced);
      const { driverState } = await env.driver.startConsole(request);
      watch.subscribe({ ...request.context!, driverState });
      await watch.next('READY', (notice) =>
        isPhase(notice, request.context!.key!.consoleId, ConsolePhase.READY),
      );
    },
  },
];

type DriverWatch = Watcher<WatchConsolesResponse> & {
  subscribe(context: ConsoleContext): void;
  unsubscribe(consoleId: string): void;
  endOfSubscriptions(): void;
};

function openWatch(env: DriverEnv): DriverWatch {
  const changes: NonNullable<WatchConsolesRequest['change']>[] = [];
  let wake = () => {};
  async function* requests(signal: AbortSignal): AsyncGenerator<WatchConsolesRequest> {
    signal.addEventListener('abort', () => wake());
    while (!signal.aborted) {
      const change = changes.shift();
      if (change) yield { change };
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  const say = (change: NonNullable<WatchConsolesRequest['change']>) => {
    changes.push(change);
    wake();
  };
  const watcher = watchStream((signal) => env.driver.watchConsoles(requests(signal), { signal }));
  return Object.assign(watcher, {
    subscribe: (context: ConsoleContext) => say({ $case: 'subscribe', value: context }),
    unsubscribe: (consoleId: string) => say({ $case: 'unsubscribeConsoleId', value: consoleId }),
    endOfSubscriptions: () => say({ $case: 'endOfSubscriptions', value: {} }),
  });
}

function isSynced({ notice }: WatchConsolesResponse): boolean {
  return notice?.$case === 'synced';
}

function consoleOf({ notice }: WatchConsolesResponse) {
  return notice?.$case === 'console' ? notice.value : undefined;
}

function isPhase(notice: WatchConsolesResponse, consoleId: string, phase: ConsolePhase): boolean {
  const console = consoleOf(notice);
  return console?.key?.consoleId === consoleId && console.phase === phase;
}
