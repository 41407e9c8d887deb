import { DriverServiceDefinition } from '@consolemesh/contracts/driver';
import { ConsoleKind, EndpointKind } from '@consolemesh/contracts/types';
import { connect, plaintext, silentLogger } from '@consolemesh/mesh';
import { describe, expect, it } from 'vitest';
import { startFakeDriver } from './index.ts';

async function start(fakeInfo: Record<string, string>, acceptable: EndpointKind[] = [EndpointKind.TCP]) {
  await using running = await startFakeDriver({ trust: plaintext, logger: silentLogger });
  using connection = connect(running.target, { trust: plaintext });
  const client = connection.client(DriverServiceDefinition);
  const node = { nodeId: 'n', nodeName: 'n', driverInfo: fakeInfo, driverSecrets: {} };
  const context = { key: { consoleId: 'c', generation: 1n }, kind: ConsoleKind.GRAPHICAL, fence: 1n, node };
  const answer = await client.startConsole({
    context,
    acceptable,
    attachKey: Buffer.alloc(32),
    consolePassword: 'Passw0rd',
  });
  const { console } = await client.getConsole({
    context: { ...context, driverState: answer.driverState.subarray(0, 100) },
  });
  return { answer, console };
}

describe('a fake driver that was told to lie', () => {
  it('answers no endpoint', async () => {
    expect((await start({ fake_lie: 'no-endpoint' })).answer.endpoints).toEqual([]);
  });
  it('chooses what was not acceptable', async () => {
    expect((await start({ fake_lie: 'wrong-kind' })).answer.chosen).not.toBe(EndpointKind.TCP);
  });
  it('answers a state that is too long', async () => {
    expect((await start({ fake_lie: 'huge-state' })).answer.driverState).toHaveLength(16 * 1024 + 1);
  });
  it('wishes for a container without an app', async () => {
    expect((await start({ fake_lie: 'no-app' }, [EndpointKind.CONTAINER])).answer.container?.app).toBe('');
  });
  it('talks of another console', async () => {
    expect((await start({ fake_lie: 'other-console' })).console?.key?.consoleId).toBe('another');
  });
  it('answers an endpoint where nobody listens', async () => {
    const { answer } = await start({ fake_dead_endpoint: 'true' });
    const transport = answer.endpoints[0]?.transport;
    if (transport?.$case !== 'tcp') throw new Error('expected TCP');
    await expect(fetch(`http://127.0.0.1:${transport.value.port}`)).rejects.toThrow();
  });
  it('passes app_info on to the container', async () => {
    const { answer } = await start({ fake_app_info: '{"fake_silent":true}' }, [EndpointKind.CONTAINER]);
    expect(JSON.parse(answer.container!.appInfo)).toEqual({ node: 'n', fake_silent: true });
  });
});

it('fails as many starts as it was told and then succeeds', async () => {
  await using running = await startFakeDriver({ trust: plaintext, logger: silentLogger });
  using connection = connect(running.target, { trust: plaintext });
  const client = connection.client(DriverServiceDefinition);
  const driverInfo = { fake_fail_start: 'BMC_BUSY', fake_fail_start_times: '2' };
  const node = { nodeId: 'n', nodeName: 'n', driverInfo, driverSecrets: {} };
  const context = { key: { consoleId: 'c', generation: 1n }, kind: ConsoleKind.SERIAL, fence: 1n, node };
  const attempt = () =>
    client.startConsole({ context, acceptable: [EndpointKind.TCP], attachKey: Buffer.alloc(32) });
  await expect(attempt()).rejects.toMatchObject({ reason: 'BMC_BUSY' });
  await expect(attempt()).rejects.toMatchObject({ reason: 'BMC_BUSY' });
  expect((await attempt()).endpoints).toHaveLength(1);
});
