import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { numberedLine } from './testing/numbered-line.ts';
import { openLogs, temporaryFolder } from './testing/open-logs.ts';

it('a process that is killed loses nothing of what could be read, invents nothing, and the next one goes on', async () => {
  await using folder = await temporaryFolder();
  const script = fileURLToPath(new URL('./testing/record-until-killed.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script, folder.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let last = -1;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (last >= 5_000) break;
  }
  child.kill('SIGKILL');
  await once(child, 'exit');

  const { logs, read } = await openLogs(folder.path);
  await using _ = logs;
  const { text } = await read();
  const lines = text.split('\n').length - 1;
  expect(lines).toBeGreaterThan(last);
  expect(text.startsWith(Array.from({ length: lines }, (_, i) => numberedLine(i)).join(''))).toBe(true);
  // What follows the last whole line is the beginning of the next.
  expect(numberedLine(lines).startsWith(text.slice(text.lastIndexOf('\n') + 1))).toBe(true);
  const { observer, end } = logs.record('c', 1n);
  observer.bytes?.(Buffer.from('here again'), Date.now());
  await end();
  const after = await read();
  expect(after.text).toBe(`${text}here again`);
  expect(after.events).toContainEqual({
    kind: 'missing',
    message: expect.stringMatching(/^Recording broke off/),
  });
}, 60_000);
