import { ObservedState } from '@consolemesh/contracts/conductor';
import { expect, test } from 'vitest';
import { startMesh } from '../harness/mesh.ts';
import { openConsole } from '../harness/open-console.ts';
import { createUser } from '../harness/user.ts';

test('a console opens through any proxy', async () => {
  await using mesh = await startMesh({ proxies: 2 });
  const user = createUser(mesh);
  await user.node('n1');
  const console = await user.enable('n1');
  expect(console).toMatchObject({ observed: ObservedState.READY, generation: 1n });
  const { url } = await user.link('n1');
  for (const proxy of mesh.proxies) {
    using tab = await openConsole(url, { port: proxy.lines[1]!.port });
    expect(await tab.screen()).toHaveLength(320 * 200 * 4);
  }
});
