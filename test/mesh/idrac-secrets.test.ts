import { inspect } from 'node:util';
import type { IdracMisbehaviour } from '@consolemesh/bmc-simulator';
import { MeshError } from '@consolemesh/errors';
import { createLogger } from '@consolemesh/mesh';
import { describe, expect, it } from 'vitest';
import { briefTimings, consolePassword, startIdracWorld } from '../harness/idrac.ts';

const bmcPassword = 'canary-Of-The-Bmc-7';
const vncPassword = 'canaryV4';
const secrets = [bmcPassword, vncPassword, consolePassword];
/** As they stand in headers and encoded texts too. */
const spellings = [...secrets, Buffer.from(`root:${bmcPassword}`).toString('base64')];

/** Ways to fail, at every stage of a console. */
const failures: readonly (readonly [string, IdracMisbehaviour, string?])[] = [
  ['nothing', {}],
  ['a quoting refusal', { echo: true }],
  ['a refusal', { lockdown: true }],
  ['a full queue', { pendingOnly: true, jobQueueFull: true }],
  ['a failed job', { pendingOnly: true, jobs: 'fail' }],
  ['a lie', { lying: true }],
  ['a lost write', { dieAfterWrite: 1 }],
  ['silence', { hang: true }],
  ['a torn answer', { truncated: true }],
  ['an answer without end', { huge: true }],
  ['a wrong password', {}, 'canary-That-Is-Wrong'],
];
const wires = [
  ['WS-MAN', {}],
  ['Redfish', { noWsman: true }],
] as const;
const cases = wires.flatMap(([wire, more]) =>
  failures.map(([what, misbehave, wrong]) => [what, wire, { ...misbehave, ...more }, wrong] as const),
);

describe('the secrets of an iDRAC', () => {
  it.each(cases)('stay where they belong: %s over %s', async (_what, _wire, misbehave, wrong) => {
    const told: unknown[] = [];
    const logger = createLogger('driver', 'debug', { write: (line: string) => void told.push(line) });
    const users = [{ name: 'root', password: bmcPassword, privilege: 'administrator' as const }];
    const timings = { ...briefTimings, requestMs: 500, applyMs: 600, readyMs: 400, vncMs: 600 };
    await using world = await startIdracWorld({ misbehave, users, logger, timings, jobMs: 20 });
    for (const own of [{}, { drac_vnc_password: vncPassword }]) {
      const node = world.node({}, { drac_password: wrong ?? bmcPassword, ...own });
      const console = world.console(node);
      for (const call of ['prepare', 'start', 'look', 'stop', 'validate'] as const) {
        const answer = await console[call]().catch((error: unknown) => error);
        if (answer instanceof MeshError) told.push(answer.message, inspect(answer, { depth: 20 }));
        // What a conductor is told on purpose: the endpoint and the opaque states.
        else if (call !== 'start' && call !== 'look') told.push(inspect(answer, { depth: 20 }));
      }
    }
    told.push(...world.idrac.requests.map(({ path }) => path));
    expect(told.length).toBeGreaterThan(5);
    const text = told.join('\n');
    for (const spelling of [...spellings, ...(wrong ? [wrong] : [])]) expect(text).not.toContain(spelling);
  });
});
