import { startFakeDriver } from '@consolemesh/bmc-driver-fake';
import { startFakeProvider } from '@consolemesh/container-provider-fake';
import { plaintext, silentLogger } from '@consolemesh/mesh';
import { expect, it } from 'vitest';
import { runCli } from '../../libs/conformance/src/cli.ts';

const options = { trust: plaintext, logger: silentLogger };

async function run(...args: string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const code = await runCli(args, (line) => {
    text += line;
  });
  return { code, text };
}

it('tries a driver out over its target and says what passed', async () => {
  await using driver = await startFakeDriver(options);
  const { code, text } = await run(
    'driver',
    driver.target,
    '--only',
    'DRV-FENCE',
    '--node-info',
    'fake_max_sessions=2',
  );
  expect(text).toContain('ok    DRV-FENCE-1');
  expect(text).toMatch(/4 passed, 0 failed/);
  expect(code).toBe(0);
});

it('answers 1 and says why when a requirement is broken', async () => {
  await using driver = await startFakeDriver(options);
  const { code, text } = await run(
    'driver',
    driver.target,
    '--only',
    'DRV-CHOICE-1',
    '--node-info',
    'fake_lie=wrong-kind',
  );
  expect(text).toContain('FAIL  DRV-CHOICE-1');
  expect(code).toBe(1);
});

it('tries a provider out', async () => {
  await using provider = await startFakeProvider(options);
  const { code, text } = await run('provider', provider.target, '--only', 'PROV-STOP', '--stop-all');
  expect(text).toMatch(/2 passed, 0 failed/);
  expect(code).toBe(0);
});

it('answers 2 with its usage when it is called wrongly', async () => {
  for (const args of [
    [],
    ['driver'],
    ['router', 'x'],
    ['driver', 'x', '--node-info', 'novalue'],
    ['driver', 'x', '--ca', 'x'],
  ]) {
    const { code, text } = await run(...args);
    expect(code).toBe(2);
    expect(text).toContain('consolemesh-conformance driver TARGET');
  }
});
