import { ObservedState } from '@consolemesh/contracts/conductor';
import { TokenServiceDefinition } from '@consolemesh/contracts/token';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { createLogger } from '@consolemesh/mesh';
import { startTestTelemetry, type TestTelemetry } from '@consolemesh/telemetry/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthority } from '../harness/certificates.ts';
import { eventually } from '../harness/eventually.ts';
import { type Mesh, startMesh } from '../harness/mesh.ts';
import { knock, type OpenConsole, openConsole } from '../harness/open-console.ts';
import { createUser, type User } from '../harness/user.ts';
import { startVncTarget, type VncTarget } from '../harness/vnc-target.ts';

type Span = ReturnType<TestTelemetry['spans']>[number];
/** A span and what is below it, in the order of their beginning. */
type Tree = readonly [name: string, ...below: Tree[]];

const canary = 'canary-7f3a';
const width = 32;
const height = 16;
/** A FramebufferUpdate with one raw rectangle of the whole screen, bytes (RFC 6143 sections 7.6.1 and 7.7.1). */
const picture = 4 + 12 + width * height * 4;

let telemetry: TestTelemetry;
let mesh: Mesh;
let user: User;
let machine: VncTarget;
let nodes = 0;
const lines: Record<string, unknown>[] = [];

beforeAll(async () => {
  telemetry = await startTestTelemetry();
  machine = await startVncTarget();
  const logger = createLogger('mesh', 'info', { write: (line) => void lines.push(JSON.parse(line)) });
  mesh = await startMesh({ logger });
  user = createUser(mesh);
  // The first opening of a conductor also fetches the keys that grants are signed with.
  using first = await openConsole((await user.link(await ready('direct'))).url);
  await first.screen();
  await openingOf(first);
  await close(first);
});
afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
  await machine[Symbol.asyncDispose]();
  await telemetry[Symbol.asyncDispose]();
});

async function ready(route: 'direct' | 'relay'): Promise<string> {
  const name = `n${nodes++}`;
  const info = { vnc_address: machine.host, vnc_port: `${machine.port}` };
  await user.node(name, { driver: 'vnc', info, secrets: { vnc_password: canary }, route });
  expect(await user.enable(name)).toMatchObject({ observed: ObservedState.READY });
  return name;
}

const short = (name: string) => name.replace(/^consolemesh\.\w+\.v1\./, '');

function treeOf(root: Span): Tree {
  const below = telemetry
    .spans()
    .filter(({ parentSpanContext }) => parentSpanContext?.spanId === root.spanContext().spanId)
    .sort((a, b) => a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1]);
  return [short(root.name), ...below.map(treeOf)];
}

/** What one and the same call looks like: the client's span, the server's below it, and what is below that. */
const call = (name: string, ...below: Tree[]): Tree => [name, [name, ...below]];

const find = (name: string, is: (span: Span) => boolean = () => true) =>
  telemetry.spans().findLast((span) => short(span.name) === name && is(span));

/** The span of an opening, as soon as it has ended. */
async function openingOf({ opened }: OpenConsole): Promise<Span> {
  const ofSession = ({ attributes }: Span) => attributes['consolemesh.session_id'] === opened.session;
  await eventually(() => find('open console', ofSession) !== undefined);
  return find('open console', ofSession)!;
}

async function close(tab: OpenConsole): Promise<void> {
  tab[Symbol.dispose]();
  await eventually(() =>
    lines.some(({ msg, session }) => msg === 'session over' && session === tab.opened.session),
  );
}

describe('one opening', () => {
  test.each(['direct', 'relay'] as const)(
    'is a trace that leads to the one of the enabling, %s',
    async (route) => {
      const node = await ready(route);
      const enabling = find('ConsoleService/EnableConsole')!;
      using tab = await openConsole((await user.link(node)).url);
      await tab.screen();
      const opening = await openingOf(tab);

      const reach: Tree =
        route === 'relay' ? ['reach machine', call('StreamService/Attach', ['bmc call'])] : ['reach machine'];
      expect(treeOf(opening)).toEqual([
        'open console',
        call('TokenService/RedeemToken'),
        call('SessionService/OpenSession'),
        reach,
        ['first picture'],
      ]);
      expect(opening.parentSpanContext).toBeUndefined();
      expect(opening.links.map(({ context }) => context.spanId)).toEqual([enabling.spanContext().spanId]);
      expect(opening.spanContext().traceId).not.toBe(enabling.spanContext().traceId);
      expect(treeOf(enabling)).toEqual([
        'ConsoleService/EnableConsole',
        ['choose console', call('DriverService/ValidateNode')],
        ['prepare console', call('DriverService/PrepareConsole')],
        ['start console', call('DriverService/StartConsole', ['bmc call'])],
      ]);
      await close(tab);
      const { traceId } = opening.spanContext();
      expect(lines.find(({ session }) => session === tab.opened.session)).toMatchObject({
        trace_id: traceId,
      });
    },
  );

  test('costs no span and no event for what the session then carries', { timeout: 120_000 }, async () => {
    using tab = await openConsole((await user.link(await ready('relay'))).url);
    await tab.screen();
    await openingOf(tab);
    const before = telemetry.spans().length;
    const pressed = machine.keys.length;
    for (let i = 0; i < 300; i += 1) {
      for (let j = 0; j < 5; j += 1) tab.press(0x61);
      await tab.screen();
    }
    expect(machine.keys.length - pressed).toBe(1_500);
    const during = telemetry.spans().slice(before);
    expect(during.map(({ name }) => name)).toEqual([]);
    expect(telemetry.spans().flatMap(({ events }) => events)).toEqual([]);
    await close(tab);
  });

  test('that fails says where and why', async () => {
    const before = (await telemetry.metrics()).get(refused) ?? 0;
    using tab = await knock(`${mesh.publicUrl}#token=${canary}-${'x'.repeat(43)}`);
    expect(await tab.next()).toMatchObject({ type: 'closing', reason: 'TOKEN_INVALID' });
    const failed = ({ attributes }: Span) => attributes['consolemesh.reason'] === 'TOKEN_INVALID';
    await eventually(() => find('open console', failed) !== undefined);
    expect(treeOf(find('open console', failed)!)).toEqual(['open console', call('TokenService/RedeemToken')]);
    expect(find('TokenService/RedeemToken')!.status.message).toBe('TOKEN_INVALID');
    expect((await telemetry.metrics()).get(refused)).toBe(before + 1);
  });

  test('is tried again in a trace of its own, which leads to the one of the enabling', async () => {
    await using deaf = await startVncTarget();
    const name = `n${nodes}-deaf`;
    const info = { vnc_address: deaf.host, vnc_port: `${deaf.port}` };
    await user.node(name, { driver: 'vnc', info });
    await deaf[Symbol.asyncDispose]();
    expect(await user.enable(name)).toMatchObject({ observed: ObservedState.FAILED });
    const enabling = find('ConsoleService/EnableConsole')!;
    const { spanId, traceId } = enabling.spanContext();
    const leadsThere = ({ links }: Span) => links.some(({ context }) => context.spanId === spanId);
    const again = await eventually(() => telemetry.spans().find(leadsThere), Boolean, {
      what: 'a second try',
    });
    expect(again!.name).toMatch(/ console$/);
    expect(again!.parentSpanContext).toBeUndefined();
    expect(again!.spanContext().traceId).not.toBe(traceId);
    const failed = telemetry.spans().filter((span) => span.spanContext().traceId === traceId);
    expect(failed.map(({ attributes }) => attributes['consolemesh.reason'])).toContain('BMC_REFUSED');
    await user.disable(name);
  });

  test('stopping goes on with the trace of whoever disables', async () => {
    await user.disable(await ready('direct'));
    expect(treeOf(find('ConsoleService/DisableConsole')!)).toEqual([
      'ConsoleService/DisableConsole',
      ['stop console', call('DriverService/StopConsole')],
    ]);
  });
});

const refused = 'consolemesh_openings_refused_total{kind="graphical",reason="TOKEN_INVALID"}';

test('metrics are right after a session of known bytes', async () => {
  const node = await ready('relay');
  const before = await telemetry.metrics();
  const tab = await openConsole((await user.link(node)).url);
  for (let i = 0; i < 10; i += 1) await tab.screen();
  const open = await telemetry.metrics();
  expect(open.get('consolemesh_sessions_open{kind="graphical",role="control"}')).toBe(1);
  await close(tab);

  const after = await telemetry.metrics();
  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  expect(after.get('consolemesh_sessions_open{kind="graphical",role="control"}')).toBe(0);
  expect(grown('consolemesh_session_bytes_total{kind="graphical",direction="to_client"}')).toBe(10 * picture);
  // SetEncodings with one encoding, then ten FramebufferUpdateRequests (RFC 6143 sections 7.5.2 and 7.5.3).
  expect(grown('consolemesh_session_bytes_total{kind="graphical",direction="from_client"}')).toBe(
    8 + 10 * 10,
  );
  // While it was open it had them already.
  expect(open.get('consolemesh_session_bytes_total{kind="graphical",direction="to_client"}')).toBe(
    after.get('consolemesh_session_bytes_total{kind="graphical",direction="to_client"}'),
  );
  expect(grown('consolemesh_sessions_opened_total{kind="graphical"}')).toBe(1);
  // A socket that is cut has ended or is lost, as the kernel tells it; the log says which.
  const { reason } = lines.find(({ session }) => session === tab.opened.session)!;
  expect(grown(`consolemesh_sessions_ended_total{kind="graphical",reason="${reason}"}`)).toBe(1);
  expect(grown('consolemesh_first_picture_seconds_count{kind="graphical",route="relay"}')).toBe(1);
  for (const side of ['server', 'client']) {
    const method = 'consolemesh.token.v1.TokenService/RedeemToken';
    const labels = `side="${side}",method="${method}",status="OK"`;
    expect(grown(`consolemesh_rpc_duration_seconds_count{${labels}}`)).toBe(1);
  }
  expect(grown('consolemesh_bmc_call_seconds_count{driver="vnc",reason="OK"}')).toBeGreaterThan(0);
  expect(after.get('consolemesh_reconciler_step_seconds_count{step="start",reason="OK"}')).toBe(nodes);
  // One console was disabled above.
  expect(after.get('consolemesh_leases_held')).toBe(nodes - 1);
});

test('no secret is in a span or a metric', async () => {
  const { url, token } = await user.link(await ready('relay'));
  using tab = await openConsole(url);
  await tab.screen();
  await openingOf(tab);
  const spans = telemetry
    .spans()
    .map(({ name, attributes, links, events, status }) =>
      JSON.stringify({ name, attributes, links, events, status }),
    );
  expect(spans.length).toBeGreaterThan(50);
  const text = `${spans.join('\n')}\n${await telemetry.scrape()}`;
  expect(token).toMatch(/.{40}/);
  for (const secret of [canary, token, tab.ticket, url]) expect(text).not.toContain(secret);
  await close(tab);
});

test('an identity that the table refuses is counted, by its kind', async () => {
  await using authority = await createAuthority();
  await authority.issue('service/conductor', 'service/token', 'service/novncproxy', 'user/ada');
  const parts = { conductors: 0, proxies: 0, vncDrivers: 0, fakeDrivers: 0, providers: 0 };
  await using guarded = await startMesh({ trust: authority.trust, ...parts });
  const tokens = guarded.connect(guarded.tokenTarget, 'user/ada').client(TokenServiceDefinition);
  const credential = { $case: 'token', value: 'x' } as const;
  const redeeming = tokens.redeemToken({ credential, proxyId: 'p', kind: ConsoleKind.GRAPHICAL });
  await expect(redeeming).rejects.toMatchObject({ reason: 'PERMISSION_DENIED' });
  const labels = 'method="consolemesh.token.v1.TokenService/RedeemToken",caller="user"';
  const counted = `consolemesh_rpc_identities_refused_total{${labels}}`;
  expect((await telemetry.metrics()).get(counted)).toBe(1);
});
