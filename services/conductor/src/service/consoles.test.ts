import { DesiredState, ObservedState } from '@consolemesh/contracts/conductor';
import { ConsoleKind, EndpointKind, Role } from '@consolemesh/contracts/types';
import { toDuration } from '@consolemesh/mesh';
import { describe, expect, test } from 'vitest';
import { startFakeDriver } from '../testing/fake-driver.ts';
import { startTestMesh } from '../testing/test-mesh.ts';

const kind = ConsoleKind.GRAPHICAL;
const wait = toDuration(10_000);

describe('enabling a console', () => {
  test('prepares, starts and shows it READY with the driver and the reason for it', async () => {
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
    const { url } = await mesh.consoles.createConsoleUrl({ node, kind, role: Role.CONTROL });
    expect(url).toBe('http://127.0.0.1:6090/#token=secret-1');
    const off = await mesh.consoles.disableConsole({ node, kind, wait });
    expect(off.console).toMatchObject({ observed: ObservedState.STOPPED, desired: DesiredState.DISABLED });
    expect(driver.restored).toEqual(['restore-1']);
    expect(driver.consoles.size).toBe(0);
  });
});
