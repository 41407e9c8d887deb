import { X509Certificate } from 'node:crypto';
import {
  type SimulatedIdrac,
  type SimulatedIdracOptions,
  startSimulatedIdrac,
} from '@consolemesh/bmc-simulator';
import { describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { briefTimings, vncSettingsOf } from '../harness/idrac.ts';
import { openConsole } from '../harness/open-console.ts';
import { type FaultMesh, startFaultMesh, stateOf } from './fault-mesh.ts';
import { persist } from './persist.ts';

/** Who dies, and on which side of which write. */
interface Death {
  readonly write: number;
  readonly side: 'before' | 'after';
  readonly who: 'driver' | 'conductor' | 'both';
}

const password = 'canary-Calvin-77';
let nodes = 0;

/** The parts that have something to do with the BMC at present. */
function watchActors(faults: FaultMesh): () => { driver: string; conductor: string } {
  let acting = { driver: '', conductor: '' };
  faults.layer.onBoundary = ({ method, phase, from, to }) => {
    if (phase === 'before' && /^(start|stop)Console$/.test(method)) acting = { driver: to, conductor: from };
  };
  return () => acting;
}

/** Makes a node, enables it, opens it, disables it; `death` strikes meanwhile. Answers what is wrong at the end. */
async function run(
  faults: FaultMesh,
  options: Partial<SimulatedIdracOptions>,
  death: Death | undefined,
): Promise<{ writes: number; problems: string[] }> {
  await using idrac = await startSimulatedIdrac({
    name: `idrac-${++nodes}`,
    stage: 'console',
    jobMs: 50,
    users: [{ name: 'root', password, privilege: 'operator' }],
    ...options,
  });
  const before = vncSettingsOf(idrac);
  const actors = watchActors(faults);
  let struck = false;
  const strike = (side: Death['side']) => (write: { number: number }) => {
    if (struck || !death || death.side !== side || death.write !== write.number) return;
    struck = true;
    const { driver, conductor } = actors();
    if (death.who !== 'conductor') faults.kill(driver);
    if (death.who !== 'driver') faults.kill(conductor);
  };
  Object.assign(idrac.attributes.hooks, { beforeWrite: strike('before'), afterWrite: strike('after') });

  const { user } = faults;
  const node = `rack-${nodes}`;
  await persist(() => user.node(node, { driver: 'idrac-wsman', ...accessTo(idrac) }));
  const reach = async (observed: string, call: () => Promise<unknown>) => {
    const wanted = async () => {
      await persist(call);
      return persist(() => user.console(node));
    };
    return eventually(wanted, (console) => stateOf(console).observed === observed, {
      what: `${node} ${observed}`,
      withinMs: 30_000,
    });
  };
  await reach('ready', () => user.enable(node));
  {
    const { url } = await persist(() => user.link(node));
    const proxy = faults.mesh.proxies.find(({ alive }) => alive)!;
    using tab = await openConsole(url, { port: proxy.lines[1]!.port, takeOver: true });
    await tab.screen();
  }
  const { id, conditions } = await reach('stopped', () => user.disable(node));
  const problems: string[] = [];
  if (death && !struck) problems.push('the write was not reached');
  const after = vncSettingsOf(idrac);
  for (const [name, value] of Object.entries(before)) {
    if (after[name] !== value) problems.push(`${name} is ${after[name]} and was ${value}`);
  }
  const restored = conditions.find(({ type }) => type === 'Restored');
  if (!/^VNCServer\.1#Password: [^:]*$/.test(restored?.message ?? ''))
    problems.push(`what is left changed is told as ${restored?.message}`);
  const failed = idrac.logins.filter(({ result }) => result !== 'accepted');
  if (failed.length > 0) problems.push(`${failed.length} failed logins`);
  if (idrac.redfishSessions > 0) problems.push(`${idrac.redfishSessions} sessions left at the BMC`);
  await faults.reviveAll();
  const held = await faults.held(id);
  if (held.length > 0) problems.push(`still held at ${held.map(({ at }) => at)}`);
  return { writes: idrac.journal.length, problems };
}

function accessTo({ https, certificate }: SimulatedIdrac) {
  return {
    info: {
      drac_address: https.host,
      drac_port: `${https.port}`,
      drac_username: 'root',
      drac_pin: new X509Certificate(certificate).fingerprint256,
    },
    secrets: { drac_password: password },
  };
}

const each = ['driver', 'conductor'] as const;
const scenarios: readonly [string, Partial<SimulatedIdracOptions>, readonly Death['who'][]][] = [
  ['over WS-MAN', { generation: '8' }, [...each, 'both']],
  ['over WS-MAN, with a job for every change', { misbehave: { pendingOnly: true } }, each],
  [
    'over Redfish, with a VNC server that is wedged',
    { misbehave: { noWsman: true }, vncMisbehave: { wedgeAfter: 0 } },
    each,
  ],
];

describe('an iDRAC is left as it was found, whoever dies around any of its writes', () => {
  test.each(scenarios)('%s', { timeout: 600_000 }, async (_name, options, mortals) => {
    const make = () =>
      startFaultMesh({
        ...{ speed: 4, leaseMs: 4_000, vncDrivers: 0, fakeDrivers: 0, providers: 0 },
        ...{ dracDrivers: 2, dracTimings: briefTimings },
      });
    let faults = await make();
    const calm = await run(faults, options, undefined);
    expect(calm.problems).toEqual([]);
    expect(calm.writes).toBeGreaterThan(1);
    const found: string[] = [];
    for (let write = 1; write <= calm.writes; write += 1) {
      for (const side of ['before', 'after'] as const) {
        for (const who of mortals) {
          const name = `${who} dies ${side} write ${write}`;
          try {
            const { problems } = await run(faults, options, { write, side, who });
            found.push(...problems.map((problem) => `${name}: ${problem}`));
          } catch (error) {
            found.push(`${name}: ${error}`);
            await faults[Symbol.asyncDispose]();
            faults = await make();
          }
        }
      }
    }
    await faults[Symbol.asyncDispose]();
    expect(found).toEqual([]);
  });
});
