import { DesiredState, ObservedState } from '@consolemesh/contracts/conductor';
import { ConsolePhase } from '@consolemesh/contracts/driver';
import { ConsoleKind, EndpointKind, Role } from '@consolemesh/contracts/types';
import { silentLogger, toDuration } from '@consolemesh/mesh';
import { describe, expect, test, vi } from 'vitest';
import { startFakeDriver, tcpEndpoint } from '../testing/fake-driver.ts';
import { startFakeProvider } from '../testing/fake-provider.ts';
import { startTestMesh, type TestMesh } from '../testing/test-mesh.ts';

const kind = ConsoleKind.GRAPHICAL;
const wait = toDuration(10_000);

/** Sets the options of a node anew. */
async function change(mesh: TestMesh, name: string, driverInfo: Record<string, string>): Promise<void> {
  const { node } = await mesh.nodes.getNode({ node: name });
  await mesh.nodes.updateNode({ node: { id: node!.id, driverInfo }, updateMask: ['driver_info'] });
}

describe('a console', () => {
  test('is prepared, started and shown READY, with the driver and the reason for it', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node();
    const { console } = await mesh.consoles.enableConsole({ node, kind, wait });
    expect(console).toMatchObject({
      desired: DesiredState.ENABLED,
      observed: ObservedState.READY,
      generation: 1n,
      driver: 'fake',
      endpointKind: EndpointKind.TCP,
      maxSessions: 1,
      conductor: mesh.conductors[0]!.instance,
      lastError: undefined,
    });
    expect(console?.driverWhy).toContain('first driver that accepts');
    expect(driver.calls.filter((call) => / 1\/1$/.test(call))).toEqual([
      'PrepareConsole 1/1',
      'StartConsole 1/1',
    ]);
    const { consolePassword, attachKey } = driver.requests[0]!;
    expect(consolePassword).toMatch(/^(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9]).{8}$/);
    expect(attachKey.length).toBe(32);
  });

  test('is stopped with what PrepareConsole found, and comes back with a new generation', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node();
    await mesh.consoles.enableConsole({ node, kind, wait });
    driver.answer({ leftChanged: ['The VNC timeout stays at 60.'] });
    const { console } = await mesh.consoles.disableConsole({ node, kind, wait });
    expect(console).toMatchObject({
      observed: ObservedState.STOPPED,
      desired: DesiredState.DISABLED,
      conductor: '',
    });
    expect(console?.conditions).toMatchObject([
      { type: 'Restored', status: false, reason: 'LeftChanged', message: 'The VNC timeout stays at 60.' },
    ]);
    expect(driver.restored).toEqual(['restore-1']);
    expect(driver.consoles.size).toBe(0);
    const again = await mesh.consoles.enableConsole({ node, kind, wait });
    expect(again.console).toMatchObject({ generation: 2n, observed: ObservedState.READY });
  });

  test('whose certificate was renewed while it was enabled is stopped with the new one', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node('n1', { address: '192.0.2.1', pin: 'old' });
    await mesh.consoles.enableConsole({ node, kind, wait });
    await change(mesh, node, { address: '192.0.2.1', pin: 'new' });
    await mesh.until(node, ObservedState.READY);
    expect(driver.stoppedWith.map(({ driverInfo }) => driverInfo)).toEqual([
      { address: '192.0.2.1', pin: 'new' },
    ]);
  });

  test('whose machine has moved is stopped at the old one, and what fails there says so', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node('n1', { address: '192.0.2.1' });
    await mesh.consoles.enableConsole({ node, kind, wait });
    driver.fail('StopConsole', 'BMC_REFUSED', 'Nobody listens.');
    await change(mesh, node, { address: '192.0.2.2' });
    const stuck = await mesh.failing(node);
    expect(driver.stoppedWith[0]?.driverInfo).toEqual({ address: '192.0.2.1' });
    const message =
      'driver fake: Nobody listens (address 192.0.2.1: the machine that this console was started on; the node names another one now).';
    expect(stuck).toMatchObject({
      observed: ObservedState.STOPPING,
      lastError: { reason: 'BMC_REFUSED', message },
      conditions: [
        { type: 'Prepared', message: 'VNC is switched on.' },
        { type: 'Restored', status: false, message },
      ],
    });
  });

  test('that cannot be stopped is given up by force, which says what stays, in the log too, and by whom', async () => {
    const lines: object[] = [];
    const logger = { ...silentLogger, warn: (fields: object) => void lines.push(fields) };
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target], logger });
    const node = await mesh.node('n1', { address: '192.0.2.1' });
    await mesh.consoles.enableConsole({ node, kind, wait });
    driver.fail('StopConsole', 'BMC_REFUSED', 'Nobody listens.');
    await mesh.consoles.disableConsole({ node, kind });
    await mesh.failing(node);
    const { console } = await mesh.consoles.disableConsole({ node, kind, force: true });
    expect(console).toMatchObject({
      desired: DesiredState.DISABLED,
      observed: ObservedState.STOPPED,
      lastError: undefined,
      conditions: [{ type: 'Restored', status: false, reason: 'LeftChanged' }],
    });
    const { message } = console!.conditions[0]!;
    expect(message).toContain('(address 192.0.2.1) was not put back. At its start: VNC is switched on.');
    expect(message).toContain('Stopping it failed: driver fake: Nobody listens. (BMC_REFUSED)');
    expect(lines).toContainEqual(expect.objectContaining({ node: 'n1', kind: 'graphical', by: 'local' }));

    const again = await mesh.consoles.enableConsole({ node, kind, wait });
    expect(again.console).toMatchObject({ generation: 2n, observed: ObservedState.READY });
  });

  test('that is being stopped or works is given up just as well; a late answer changes nothing any more', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node();
    await mesh.consoles.enableConsole({ node, kind, wait });
    const stop = driver.hold('StopConsole');
    await mesh.consoles.disableConsole({ node, kind });
    await stop.reached;
    const given = await mesh.consoles.disableConsole({ node, kind, force: true });
    stop.release();
    expect(given.console?.observed).toBe(ObservedState.STOPPED);
    const { console } = await mesh.consoles.disableConsole({ node, kind, force: true });
    expect(console).toMatchObject({
      observed: ObservedState.STOPPED,
      conditions: [{ reason: 'LeftChanged' }],
    });
    await expect(
      mesh.consoles.disableConsole({ node, kind, force: true, linger: wait }),
    ).rejects.toMatchObject({ reason: 'FIELD_INVALID', violations: [{ field: 'linger' }] });
  });

  test('that is disabled while it starts is not started any further, and what was begun is stopped', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node();
    const start = driver.hold('StartConsole');
    await mesh.consoles.enableConsole({ node, kind });
    await start.reached;
    const { console } = await mesh.consoles.disableConsole({ node, kind, wait });
    expect(console?.observed).toBe(ObservedState.STOPPED);
    expect(driver.calls.at(-1)).toMatch(/^StopConsole 1\//);
    start.release();
  });

  test('that a late call brought back after its stop is found and stopped', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node();
    await mesh.consoles.enableConsole({ node, kind, wait });
    const [held] = driver.consoles.values();
    await mesh.consoles.disableConsole({ node, kind, wait });
    driver.consoles.set(held!.key!.consoleId, held!);
    driver.consoles.set('somebody-elses', { ...held!, key: { consoleId: 'somebody-elses', generation: 1n } });
    await mesh.conductors[0]!.sweep();
    expect([...driver.consoles.keys()]).toEqual(['somebody-elses']);
    expect(driver.restored).toEqual(['restore-1', '']);
  });

  test('shows DEGRADED and READY as its driver says, and takes new endpoints from it', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node();
    const { console } = await mesh.consoles.enableConsole({ node, kind, wait });
    await vi.waitFor(() => expect(driver.watchers()).toBe(1), 5_000);
    const failure = { reason: 'BMC_TIMEOUT', message: 'silent', at: undefined };
    driver.report(console!.id, { phase: ConsolePhase.DEGRADED, failure });
    expect((await mesh.until(node, ObservedState.DEGRADED)).lastError).toMatchObject({
      reason: 'BMC_TIMEOUT',
    });
    driver.report(console!.id, {
      phase: ConsolePhase.READY,
      failure: undefined,
      endpoints: [tcpEndpoint(5999, 4)],
    });
    const mended = await mesh.until(node, ObservedState.READY);
    expect(mended).toMatchObject({ maxSessions: 4, lastError: undefined });
    const reachable = mended.conditions.find(({ type }) => type === 'Reachable');
    expect(reachable).toMatchObject({ status: true, message: 'Works again. Before: silent' });
  });

  test('that its driver has lost is started again with the same generation', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node();
    const { console } = await mesh.consoles.enableConsole({ node, kind, wait });
    await vi.waitFor(() => expect(driver.watchers()).toBe(1), 5_000);
    driver.report(console!.id, { phase: ConsolePhase.STOPPED });
    await vi.waitFor(
      () => expect(driver.calls.filter((call) => call.startsWith('StartConsole 1/'))).toHaveLength(2),
      5_000,
    );
    await mesh.until(node, ObservedState.READY);
    expect(driver.calls.filter((call) => call.startsWith('Prepare'))).toHaveLength(1);
  });

  test('that was held by an instance that died starts at another, with a higher fence and the old state', async () => {
    await using first = await startFakeDriver();
    await using second = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [first.target, second.target] });
    const node = await mesh.node();
    await mesh.consoles.enableConsole({ node, kind, wait });
    const [holder, other] = first.requests.length > 0 ? [first, second] : [second, first];
    await holder[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(other.requests).toHaveLength(1), 10_000);
    const { context } = other.requests[0]!;
    expect(context).toMatchObject({ key: { generation: 1n }, fence: 2n });
    expect(context!.driverState.toString()).toBe('state-1');
    expect(context!.restoreState.toString()).toBe('restore-1');
    await mesh.until(node, ObservedState.READY);
    expect(other.calls.some((call) => call.startsWith('Prepare'))).toBe(false);
  });
});

test('the serial console of a node in a mesh whose route is direct may be relayed, its screen may not', async () => {
  await using driver = await startFakeDriver();
  await using mesh = await startTestMesh({ drivers: [driver.target], route: 'direct' });
  const node = await mesh.node();
  for (const kind of [ConsoleKind.GRAPHICAL, ConsoleKind.SERIAL])
    await mesh.consoles.enableConsole({ node, kind, wait });
  expect(driver.requests.map(({ acceptable }) => acceptable)).toEqual([
    [EndpointKind.TCP],
    [EndpointKind.TCP, EndpointKind.RELAY],
  ]);
});

test.each([
  ['names the other driver', { graphical: 'fake', serial: 'other', power: 'none' }],
  ['lets drivers be found', { graphical: 'auto', serial: 'auto', power: 'none' }],
])(
  'a node that %s gives its own options and secrets to each, also while the other driver has not been heard of',
  async (_, interfaces) => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target, 'dns:///127.0.0.1:1'] });
    const driverInfo = { address: '192.0.2.1', ipmi_address: '192.0.2.2' };
    await mesh.nodes.createNode({
      node: { name: 'two', driverInfo, driverSecrets: { ipmi_password: 'calvin' }, interfaces },
    });
    const { console } = await mesh.consoles.enableConsole({ node: 'two', kind, wait });
    expect(console?.observed).toBe(ObservedState.READY);
    expect(driver.requests[0]?.context?.node).toMatchObject({
      driverInfo: { address: '192.0.2.1' },
      driverSecrets: {},
    });
    expect(driver.requests[0]?.context?.node?.driverInfo).not.toHaveProperty('ipmi_address');
    expect(driver.requests[0]?.context?.node?.driverSecrets).not.toHaveProperty('ipmi_password');
  },
);

describe('a console that cannot be made', () => {
  test('fails with its driver named once, and is tried again after a back-off', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node();
    driver.fail('StartConsole', 'BMC_UNREACHABLE', 'no route to 192.0.2.1');
    const { console } = await mesh.consoles.enableConsole({ node, kind, wait });
    expect(console).toMatchObject({
      observed: ObservedState.FAILED,
      lastError: { reason: 'BMC_UNREACHABLE', message: 'driver fake: no route to 192.0.2.1' },
      nextAttemptAt: expect.anything(),
    });
    driver.fail('StartConsole', undefined);
    expect(await mesh.until(node, ObservedState.READY)).toMatchObject({
      generation: 1n,
      lastError: undefined,
    });
  });

  test('for refused credentials is never tried again, however often it is enabled, until they change', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node();
    driver.fail('PrepareConsole', 'BMC_AUTHENTICATION_FAILED');
    const attempts = () => driver.calls.filter((call) => call.startsWith('Prepare')).length;
    const failed = await mesh.consoles.enableConsole({ node, kind, wait });
    expect(failed.console).toMatchObject({ observed: ObservedState.FAILED, nextAttemptAt: undefined });
    await mesh.consoles.enableConsole({ node, kind, wait });
    await mesh.consoles.enableConsole({ node, kind, wait });
    expect(attempts()).toBe(1);
    driver.fail('PrepareConsole', undefined);
    const id = failed.console!.nodeId;
    await mesh.nodes.updateNode({
      node: { id, driverSecrets: { password: 'new' } },
      updateMask: ['driver_secrets.password'],
    });
    expect(await mesh.until(node, ObservedState.READY)).toMatchObject({ generation: 2n });
    expect(attempts()).toBe(2);
  });

  test('says why no driver accepts the node', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node('bare', { name: 'of-somebody-else' });
    const { console } = await mesh.consoles.enableConsole({ node, kind, wait });
    expect(console?.lastError).toMatchObject({
      reason: 'NO_DRIVER',
      message: 'No driver accepts this node: fake: knows no option of this node.',
    });
    await expect(mesh.node('mistyped', { adress: 'x' })).rejects.toMatchObject({
      violations: [{ field: 'driver_info.address' }],
    });
  });

  test('for want of its driver starts as soon as the driver comes', async () => {
    await using placeholder = await startFakeDriver();
    const { port } = placeholder;
    await placeholder[Symbol.asyncDispose]();
    await using mesh = await startTestMesh({ drivers: [`dns:///127.0.0.1:${port}`] });
    const node = await mesh.node();
    const { console } = await mesh.consoles.enableConsole({ node, kind, wait });
    expect(console?.lastError?.reason).toBe('NO_DRIVER');
    await using _ = await startFakeDriver({ port });
    await mesh.until(node, ObservedState.READY);
  });

  test.each([
    ['a kind that was not acceptable', { chosen: EndpointKind.CONTAINER }, 'was not acceptable'],
    ['a state that is too large', { driverState: Buffer.alloc(16 * 1024 + 1) }, '16385 bytes'],
    ['no endpoint', { endpoints: [] }, 'no endpoint for the proxies'],
    ['a port that does not exist', { endpoints: [tcpEndpoint(70_000)] }, 'the port 70000'],
  ])('fails when its driver answers %s', async (_, answer, words) => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    driver.answer(answer);
    const { console } = await mesh.consoles.enableConsole({ node: await mesh.node(), kind, wait });
    expect(console?.lastError).toMatchObject({ reason: 'PLUGIN_ANSWER_INVALID' });
    expect(console?.lastError?.message).toMatch(/^driver fake: answered /);
    expect(console?.lastError?.message).toContain(words);
  });
});

describe('a console in a container', () => {
  test('is started by the provider with the driver’s wish, and stopped before its driver', async () => {
    await using driver = await startFakeDriver();
    await using provider = await startFakeProvider();
    await using mesh = await startTestMesh({ drivers: [driver.target], providers: [provider.target] });
    driver.answer({ chosen: EndpointKind.CONTAINER });
    const node = await mesh.node();
    const { console } = await mesh.consoles.enableConsole({ node, kind, wait });
    expect(console).toMatchObject({
      observed: ObservedState.READY,
      endpointKind: EndpointKind.CONTAINER,
      provider: 'fake-containers',
      maxSessions: 2,
    });
    const wish = provider.requests[0]!;
    expect(wish).toMatchObject({ app: 'fake-app', appInfo: '{}', nodeName: node });
    expect(wish.consolePassword).toBe(driver.requests[0]!.consolePassword);
    await mesh.consoles.disableConsole({ node, kind, wait });
    expect(provider.containers.size).toBe(0);
    expect(driver.consoles.size).toBe(0);
  });

  test('that stopped by itself is started again', async () => {
    await using driver = await startFakeDriver();
    await using provider = await startFakeProvider();
    await using mesh = await startTestMesh({ drivers: [driver.target], providers: [provider.target] });
    driver.answer({ chosen: EndpointKind.CONTAINER });
    const node = await mesh.node();
    const { console } = await mesh.consoles.enableConsole({ node, kind, wait });
    provider.report(console!.id, { phase: 4 });
    await vi.waitFor(() => expect(provider.requests).toHaveLength(2), 8_000);
    await mesh.until(node, ObservedState.READY);
  });
});

describe('URLs', () => {
  test('are made for a console that can be opened, in the name of the caller', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node();
    await expect(mesh.consoles.createConsoleUrl({ node, kind })).rejects.toMatchObject({
      reason: 'CONSOLE_DISABLED',
    });
    await mesh.consoles.enableConsole({ node, kind, wait });
    const made = await mesh.consoles.createConsoleUrl({ node, kind, role: Role.VIEW });
    expect(made.url).toMatch(/^http:\/\/127\.0\.0\.1:6090\/#token=secret-1&node=\S+$/);
    expect(mesh.token.issued).toEqual([{ subject: 'local', role: Role.VIEW }]);
  });

  test('name the setting that is missing before a token is made', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node();
    await mesh.consoles.enableConsole({ node, kind: ConsoleKind.SERIAL, wait });
    const call = mesh.consoles.createConsoleUrl({ node, kind: ConsoleKind.SERIAL });
    await expect(call).rejects.toThrow('CONSOLEMESH_SERIALPROXY_URL');
    expect(mesh.token.issued).toEqual([]);
  });
});

describe('watching and listing', () => {
  test('a watch gives a snapshot, then every change, then the end of a deleted console', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node();
    const seen: string[] = [];
    const ended = new AbortController();
    const watching = (async () => {
      for await (const { event } of mesh.consoles.watchConsoles({}, { signal: ended.signal })) {
        const text =
          event?.$case === 'console' ? `${event.value.kind} ${event.value.observed}` : event?.$case;
        if (text && seen.at(-1) !== text) seen.push(text);
      }
    })().catch(() => {});
    await vi.waitFor(() => expect(seen).toContain('synced'), 5_000);
    await mesh.consoles.enableConsole({ node, kind, wait });
    await mesh.nodes.deleteNode({ node, force: true });
    await vi.waitFor(() => expect(seen).toContain('deletedConsoleId'), 5_000);
    ended.abort();
    await watching;
    expect(seen.slice(0, 3)).toEqual(['1 1', '2 1', 'synced']);
    expect(seen).toContain(`${kind} ${ObservedState.READY}`);
  });

  test('lists go by node name and kind, in pages, and can be narrowed to a state', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    for (const name of ['b', 'a', 'c']) await mesh.node(name);
    await mesh.consoles.enableConsole({ node: 'b', kind, wait });
    const names: string[] = [];
    for (let pageToken = ''; ; ) {
      const page = await mesh.consoles.listConsoles({ pageSize: 2, pageToken });
      names.push(...page.consoles.map(({ nodeName, kind }) => `${nodeName}${kind}`));
      pageToken = page.nextPageToken;
      if (pageToken === '') break;
    }
    expect(names).toEqual(['a1', 'a2', 'b1', 'b2', 'c1', 'c2']);
    const ready = await mesh.consoles.listConsoles({ observed: ObservedState.READY });
    expect(ready.consoles.map(({ nodeName }) => nodeName)).toEqual(['b']);
    await expect(mesh.consoles.listConsoles({ pageToken: 'nonsense' })).rejects.toMatchObject({
      reason: 'INVALID_ARGUMENT',
    });
  });
});
