import { expect, test } from 'vitest';
import { disable } from './disable.ts';
import { accessChanged } from './enable.ts';
import { leftByGivingUp } from './give-up.ts';
import { prepared, stopFailed } from './progress.ts';
import { aConsole, aHolder, chosen, made, readyConsole } from './testing.ts';

const locating = new Map([['address', undefined]]);
const failure = { reason: 'BMC_REFUSED', message: 'Nobody listens.', at: 1 } as const;
const announced = (changes: string[], restoreState: string) =>
  made(
    prepared(
      chosen(),
      { generation: 1n, holder: aHolder, restoreState: Buffer.from(restoreState), changes },
      20,
    ),
  );

test('what was announced, where, and why stopping failed is said, also after the options have changed', () => {
  const moved = accessChanged(readyConsole(1, announced(['VNC is on.', 'It took a job.'], 'x')));
  const stuck = made(stopFailed(moved, { stopped: 1n, failure, retry: { kind: 'none' } }, 50));
  expect(leftByGivingUp(stuck, locating)).toEqual([
    'The graphical console was given up; what it had changed at its machine (address 192.0.2.1) was not put back.',
    'At its start: VNC is on. It took a job.',
    'Stopping it failed: Nobody listens. (BMC_REFUSED)',
  ]);
});

test('what nobody announced is not said to have been, and what a degraded console suffers from is no failed stop', () => {
  const record = { ...readyConsole(1, announced([], 'x')), lastError: failure };
  expect(leftByGivingUp(disable(record, undefined), new Map())).toEqual([
    'The graphical console was given up; what it had changed at its machine was not put back.',
  ]);
});

test('nothing is left by what has touched nothing', () => {
  for (const record of [aConsole(), chosen(), readyConsole(1, announced([], ''))])
    expect(leftByGivingUp(record, locating)).toEqual([]);
});
