import type { ConsoleCall, Driver, OpenedLine, StartCall } from '@consolemesh/driver-sdk';
import { createRedfishSerialDriver } from '../driver.ts';
import { options, type RedfishInfo, type RedfishSecrets } from '../options.ts';
import { type Timings, usualTimings } from '../timings.ts';
import { testUser } from './start-test-bmc.ts';

/** Short waits, for servers that answer at once. */
export const briefTimings: Timings = { ...usualTimings, promptQuietMs: 20, promptMs: 2_000 };

/** A driver and one node, as the SDK would call it. */
export interface Drive {
  readonly driver: Driver<RedfishInfo, RedfishSecrets>;
  start(): ReturnType<Driver<RedfishInfo, RedfishSecrets>['start']>;
  /** Starts it unless there is a state, and opens its line. */
  open(state?: Buffer): Promise<OpenedLine>;
  call(state?: Buffer): ConsoleCall<RedfishInfo, RedfishSecrets>;
}

/** @param info as text, as it comes with a call; numbers are converted and defaults filled in as the SDK does */
export function drive(
  info: Readonly<Record<string, string>>,
  secrets: Partial<RedfishSecrets> = {},
  timings: Timings = briefTimings,
): Drive {
  const driver = createRedfishSerialDriver(timings);
  const signal = new AbortController().signal;
  const known = options.driver_info.properties;
  const filled = Object.fromEntries(
    Object.entries(known).flatMap(([name, { type, default: usual }]) => {
      const value = info[name] ?? usual;
      if (value === undefined) return [];
      return [[name, type === 'integer' ? Number(value) : value]];
    }),
  );
  const node = {
    id: '6a1f0c9e-0000-4000-8000-000000000001',
    name: 'node-1',
    info: filled as unknown as RedfishInfo,
    secrets: { redfish_password: testUser.password, ...secrets },
  };
  const call = (state: Buffer = Buffer.alloc(0)): ConsoleCall<RedfishInfo, RedfishSecrets> => ({
    consoleId: 'c',
    generation: 1n,
    fence: 1n,
    kind: 'serial',
    node,
    state,
    restoreState: Buffer.alloc(0),
  });
  const start = (): ReturnType<typeof driver.start> => {
    const asked: StartCall<RedfishInfo, RedfishSecrets> = {
      ...call(),
      acceptable: ['relay'],
      consolePassword: '',
      changed: () => {},
    };
    return driver.start(asked, signal);
  };
  return {
    driver,
    start,
    call,
    async open(state) {
      const known = state ?? (await start()).state;
      return driver.openLine!(call(known), signal, { lost: undefined, remember: () => {} });
    },
  };
}

/** Reads until the text has come. */
export async function readUntil({ stream }: OpenedLine, text: string): Promise<string> {
  let seen = '';
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    seen += (chunk as Buffer).toString('latin1');
    if (seen.includes(text)) return seen;
  }
  throw new Error(`the line ended after ${JSON.stringify(seen)}`);
}

/** Ends a line; resolves when the driver has let go of the machine. */
export async function closeLine({ stream }: OpenedLine): Promise<void> {
  const closed = new Promise((resolve) => stream.once('close', resolve));
  stream.destroy();
  await closed;
}
