import { duplexPair } from '@consolemesh/bytes/testing';
import type { AttachRequest } from '@consolemesh/contracts/stream';
import { MeshError } from '@consolemesh/errors';
import { expect, it } from 'vitest';
import type { Driver } from '../driver.ts';
import { startTestDriver } from '../testing/start-test-driver.ts';

const control = { $case: 'control', value: { control: { $case: 'break', value: {} } } } as const;

async function* breaks(): AsyncGenerator<AttachRequest> {
  yield { frame: control };
  await new Promise(() => {});
}

/** The first notice but `opened` that a client gets who sends a break on a line of its own. */
async function answered(driver: Partial<Driver>) {
  await using test = await startTestDriver({
    openStream: async () => ({ stream: duplexPair()[0] }),
    ...driver,
  });
  await test.driver.startConsole(test.request());
  const left = new AbortController();
  try {
    for await (const { frame } of test.attach(breaks(), left.signal)) {
      const event = frame?.$case === 'event' ? frame.value.event : undefined;
      if (event && event.$case !== 'opened') return event;
    }
    return undefined;
  } finally {
    left.abort();
  }
}

it.each<[string, Partial<Driver>, object]>([
  ['cannot', {}, { reason: 'CAPABILITY_MISSING', message: 'n takes no break.' }],
  [
    'is refused',
    { sendBreak: () => Promise.reject(new MeshError('BMC_BUSY', 'not now')) },
    { reason: 'BMC_BUSY', message: 'not now' },
  ],
])('whoever has a stream of their own is told of a break that its driver %s', async (_, driver, value) => {
  expect(await answered(driver)).toMatchObject({ $case: 'refused', value });
});
