import { readFile } from 'node:fs/promises';
import { ProxyServiceDefinition } from '@consolemesh/contracts/proxy';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { toDuration } from '@consolemesh/mesh';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchChromium, type TestBrowser } from '../harness/chromium.ts';
import { terminalText } from '../harness/terminal-text.ts';
import { connected, type SerialMesh, shows, startSerialMesh, type } from './serial-mesh.ts';

// Several browser pages a test; on a busy machine each takes seconds.
vi.setConfig({ testTimeout: 60_000 });

let browser: TestBrowser;
let house: SerialMesh;

beforeAll(async () => {
  [browser, house] = await Promise.all([launchChromium(), startSerialMesh()]);
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await house?.[Symbol.asyncDispose]();
});

const writes = (page: Page, who: string) => page.locator('#badges', { hasText: `${who} write` }).waitFor();
const quiet = { errors: [], policyViolations: [] };

/** Pastes as a person does who presses Ctrl+V. */
async function pasteInto(page: Page, text: string): Promise<void> {
  await page.evaluate(
    `(() => {
      const data = new DataTransfer();
      data.setData('text/plain', ${JSON.stringify(text)});
      const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
      document.querySelector('.xterm-helper-textarea').dispatchEvent(event);
    })()`,
  );
}

describe('a serial console', () => {
  it('shows its line and takes keys, under the policy, without a complaint of the browser', async () => {
    const server = await house.startServer();
    await using alice = await house.sitDown(browser, server, 'alice');
    await shows(alice.page, 'fake serial console');
    await writes(alice.page, 'You');
    await type(alice.page, 'uname -a');
    await shows(alice.page, /uname -a$/);
    server
      .line()
      .say(
        Buffer.from('\r\n\x1b[1;32mok\x1b[0m \x1b[38;2;255;120;0mtruecolour\x1b[0m \x1b[41mred\x1b[0m\r\n'),
      );
    await shows(alice.page, 'ok truecolour red');
    await alice.screenshot('serial-light');
    await alice.page.emulateMedia({ colorScheme: 'dark' });
    await expect
      .poll(() =>
        alice.page.evaluate(
          `getComputedStyle(document.querySelector('.xterm-scrollable-element')).backgroundColor`,
        ),
      )
      .toBe('rgb(11, 14, 19)');
    // A colour of the machine's own goes by a style of the element, which the policy must not swallow.
    const colour = `getComputedStyle([...document.querySelectorAll('.xterm-rows span')].find((one) => one.textContent.startsWith('truecolour'))).color`;
    await expect.poll(() => alice.page.evaluate(colour)).toBe('rgb(255, 120, 0)');
    await alice.screenshot('serial-dark');
    expect(alice.page.url()).toBe(`${house.mesh.serialUrl}#node=${server.name}`);
    expect(alice.complaints).toEqual(quiet);
  });

  it('that is silent says so, and how to wake it, until something comes', async () => {
    const server = await house.startServer();
    server.line().greets = false;
    await using alice = await house.sitDown(browser, server, 'alice');
    const silence = (page: Page, text: string) => page.locator('#silence', { hasText: text }).waitFor();
    await silence(alice.page, 'Press Enter');
    await using bob = await house.sitDown(browser, server, 'bob', { role: 'view' });
    await silence(bob.page, 'Nothing has come over this line yet.');
    await alice.screenshot('serial-silent');
    await type(alice.page, 'anybody there?');
    for (const { page } of [alice, bob]) {
      await shows(page, 'anybody there?');
      await expect.poll(() => page.locator('#silence').textContent()).toBe('');
    }
  });

  it('gives the line the size of the window of whoever writes', async () => {
    const server = await house.startServer();
    await using alice = await house.sitDown(browser, server, 'alice', {
      context: { viewport: { width: 1200, height: 800 } },
    });
    await using bob = await house.sitDown(browser, server, 'bob', {
      context: { viewport: { width: 500, height: 700 } },
    });
    const statistics = (page: Page) => page.locator('#statistics').textContent();
    const sizeOf = async (page: Page) =>
      /^(\d+) × (\d+)/
        .exec((await statistics(page)) ?? '')
        ?.slice(1)
        .map(Number);
    await expect.poll(async () => (await sizeOf(alice.page))?.[0]).toBeGreaterThan(100);
    const before = await sizeOf(alice.page);
    await expect.poll(() => rowsOf(bob.page)).toBe(before?.[1]);
    await bob.screenshot('serial-watcher-scaled');
    await alice.page.setViewportSize({ width: 900, height: 600 });
    await expect.poll(async () => (await sizeOf(alice.page))?.[0]).toBeLessThan(before?.[0] ?? 0);
    await expect.poll(async () => rowsOf(bob.page)).toBe((await sizeOf(alice.page))?.[1]);
    await alice.page.click('#view');
    await alice.page.getByLabel('80×25').check({ force: true });
    await expect.poll(() => sizeOf(alice.page)).toEqual([80, 25]);
    await alice.screenshot('serial-view-panel');
  });

  it('shows a newcomer with a larger window the line as it was, and the cursor at its end', async () => {
    const server = await house.startServer();
    const rows = Array.from({ length: 60 }, (_, row) => `row ${row} ${'x'.repeat(row)}`);
    {
      await using alice = await house.sitDown(browser, server, 'alice', {
        context: { viewport: { width: 420, height: 400 } },
      });
      await writes(alice.page, 'You');
      server.line().say(Buffer.from(`${rows.join('\r\n')}\r\nlogin: `));
      await shows(alice.page, /login:$/);
    }
    await using bob = await house.sitDown(browser, server, 'bob', {
      context: { viewport: { width: 1200, height: 800 } },
    });
    await writes(bob.page, 'You');
    await shows(bob.page, /login:$/);
    await type(bob.page, 'root');
    await shows(bob.page, /row 59 x+\nlogin: root$/);
    await bob.screenshot('serial-newcomer-larger');
  });

  it('comes back after a reload with what its screen showed', async () => {
    const server = await house.startServer();
    await using alice = await house.sitDown(browser, server, 'alice');
    await type(alice.page, 'before the reload');
    await shows(alice.page, 'before the reload');
    await alice.page.reload();
    await connected(alice.page);
    await shows(alice.page, 'before the reload');
    await writes(alice.page, 'You');
    await type(alice.page, ', and after');
    await shows(alice.page, 'before the reload, and after');
  });

  it('sends a break, special keys, and a SysRq as a break with its letter', async () => {
    const server = await house.startServer();
    await using alice = await house.sitDown(browser, server, 'alice');
    await shows(alice.page, 'comes back');
    await alice.page.click('#keys');
    await alice.page.getByRole('menuitem', { name: 'Break' }).click();
    await shows(alice.page, '[break]');
    await alice.page.getByRole('menuitem', { name: 'SysRq H' }).click();
    await shows(alice.page, /\[break\]\n\[break\]\nh$/);
    await alice.screenshot('serial-keys');
  });

  it('is searched, and saved as text and as bytes', async () => {
    const server = await house.startServer();
    await using alice = await house.sitDown(browser, server, 'alice');
    for (let n = 1; n <= 300; n += 1) server.line().say(Buffer.from(`line ${n} of the boot\r\n`));
    await shows(alice.page, 'line 300 of the boot');
    await alice.page.locator('.xterm-helper-textarea').focus();
    await alice.page.keyboard.press('Control+Shift+F');
    await alice.page.keyboard.type('line 27 of');
    await alice.page.locator('#search output', { hasText: '1 of 1' }).waitFor();
    await shows(alice.page, 'line 27 of the boot');
    await alice.screenshot('serial-search');
    await alice.page.keyboard.press('Escape');

    await alice.page.click('#save');
    const saving = alice.page.waitForEvent('download');
    await alice.page.getByRole('button', { name: 'Save as text' }).click();
    const saved = await saving;
    expect(saved.suggestedFilename()).toMatch(/^rack7-node\d+-\d{8}-\d{6}\.txt$/);
    const text = await readFile(await saved.path(), 'utf8');
    expect(text).toContain('line 1 of the boot\nline 2 of the boot\n');
    expect(text.trimEnd().endsWith('line 300 of the boot')).toBe(true);
    const savingBytes = alice.page.waitForEvent('download');
    await alice.page.getByRole('button', { name: 'Save the bytes' }).click();
    expect(await readFile(await (await savingBytes).path(), 'latin1')).toContain('line 300 of the boot\r\n');
    expect(alice.complaints).toEqual(quiet);
  });
});

describe('pasting', () => {
  it('asks before it sends several lines, and 100 KB arrive intact', async () => {
    const server = await house.startServer();
    await using alice = await house.sitDown(browser, server, 'alice');
    await shows(alice.page, 'comes back');
    const got: Buffer[] = [];
    const reading = new AbortController();
    const log = (async () => {
      for await (const { data } of server.line().read({ follow: true }, reading.signal)) got.push(data);
    })();
    const text = Array.from({ length: 2000 }, (_, n) => `${n}: ${'x'.repeat(44)}\n`).join('');
    await pasteInto(alice.page, text);
    await alice.page.getByRole('heading', { name: '2,000 lines' }).waitFor();
    await alice.screenshot('serial-paste');
    await alice.page.getByRole('button', { name: 'Send these lines' }).click();
    const typed = text.replaceAll('\n', '\r');
    await expect.poll(() => Buffer.concat(got).toString().includes(typed), { timeout: 30_000 }).toBe(true);
    reading.abort();
    await log;
    expect(text.length).toBeGreaterThan(100_000);
  });

  it('can be stopped, and is not begun where somebody else writes', async () => {
    const server = await house.startServer();
    await using alice = await house.sitDown(browser, server, 'alice');
    await using bob = await house.sitDown(browser, server, 'bob');
    await alice.page.click('#view');
    await alice.page.getByLabel('Slow').check({ force: true });
    await alice.page.keyboard.press('Escape');
    await pasteInto(alice.page, 'y'.repeat(50_000));
    await alice.page.getByRole('button', { name: 'Stop' }).click();
    await alice.page.getByText(/Pasting stopped after \d+ of 50000 bytes/).waitFor();
    await pasteInto(bob.page, 'from bob');
    await bob.page.getByText('alice writes at present').waitFor();
    expect(await terminalText(bob.page)).not.toContain('from bob');
  });
});

describe('several people', () => {
  it('see the same screen, and the pen is asked for, given, and taken with notice', async () => {
    const server = await house.startServer();
    await using alice = await house.sitDown(browser, server, 'alice');
    await type(alice.page, 'typed by alice. ');
    await shows(alice.page, 'typed by alice.');
    await using bob = await house.sitDown(browser, server, 'bob');
    await shows(bob.page, 'typed by alice.');
    await alice.page.getByText('bob has come.').waitFor();
    await writes(bob.page, 'alice');
    await type(bob.page, 'NOT THIS');
    await bob.page.getByText('alice writes at present').first().waitFor();

    await bob.page.click('#ask');
    await alice.page.getByText('bob would like to write.').waitFor();
    await alice.screenshot('serial-asked');
    await alice.page.getByRole('button', { name: 'Let write' }).click();
    await writes(bob.page, 'You');
    await bob.page.getByText('alice lets you write.').waitFor();
    await type(bob.page, 'typed by bob. ');
    await shows(alice.page, 'typed by alice. typed by bob.');
    await writes(alice.page, 'bob');

    await alice.page.click('#people');
    await alice.screenshot('serial-people');
    await alice.page.getByRole('button', { name: 'Take over writing' }).click();
    await bob.page.getByText('alice has taken over writing.').waitFor();
    await bob.screenshot('serial-taken');
    // Not by Escape: whoever has the pen sends that to the machine.
    await alice.page.click('#people');
    await type(alice.page, 'alice again.');
    await shows(bob.page, 'typed by alice. typed by bob. alice again.');
    expect(await terminalText(alice.page)).not.toContain('NOT THIS');
    expect([...alice.complaints.errors, ...bob.complaints.errors]).toEqual([]);
  });

  it('may be only watching: nothing that they do reaches the machine', async () => {
    const server = await house.startServer();
    await using carol = await house.sitDown(browser, server, 'carol', { role: 'view' });
    await carol.page.locator('#badges', { hasText: 'View only' }).waitFor();
    await type(carol.page, 'from a watcher');
    await using alice = await house.sitDown(browser, server, 'alice');
    await type(alice.page, 'from alice');
    await shows(carol.page, 'from alice');
    expect(await terminalText(alice.page)).not.toContain('from a watcher');
    await carol.screenshot('serial-view-only');
  });

  it('at different proxies share the line', async () => {
    const server = await house.startServer();
    const [first, second] = house.mesh.serialproxies;
    await using alice = await house.sitDown(browser, server, 'alice');
    const link = new URL(await house.link(server, 'bob'));
    await using bob = await browser.newPage();
    await bob.page.goto(`${second?.running.webUrl}${link.hash}`);
    await connected(bob.page);
    expect([first?.running.sessions, second?.running.sessions]).toEqual([1, 1]);
    await type(alice.page, 'hello over there');
    await shows(bob.page, 'hello over there');
  });
});

describe('when the way breaks', () => {
  it('the loss of the machine is told above the terminal, and its return', async () => {
    const server = await house.startServer();
    await using alice = await house.sitDown(browser, server, 'alice');
    await shows(alice.page, 'comes back');
    house.mesh.machines.get(server.nodeId)!.broken = true;
    server.line().drop();
    await alice.page.locator('.bar[data-name="lost"]').waitFor();
    await alice.screenshot('serial-upstream-lost');
    house.mesh.machines.get(server.nodeId)!.broken = false;
    await alice.page.getByText('The connection to the machine is back.').waitFor();
    expect(await alice.page.locator('.bar[data-name="lost"]').count()).toBe(0);
    await type(alice.page, 'still here');
    await shows(alice.page, 'still here');
  });

  it('a proxy that drains is replaced by another in the same tab', async () => {
    const server = await house.startServer();
    const [first, second] = house.mesh.serialproxies;
    await using alice = await house.sitDown(browser, server, 'alice');
    await type(alice.page, 'before. ');
    await shows(alice.page, 'before.');
    const sessions = second?.running.sessions ?? 0;
    const { ended } = await house.mesh
      .connect(first!.target)
      .client(ProxyServiceDefinition)
      .drain({ grace: undefined });
    expect(ended).toBe(1);
    first?.kill();
    await expect.poll(() => second?.running.sessions).toBe(sessions + 1);
    await connected(alice.page);
    await type(alice.page, 'after.');
    await shows(alice.page, 'before. after.');
    await first?.restart();
  });

  it('an end says why in words, and what was there can still be saved after a loss', async () => {
    const server = await house.startServer();
    await using alice = await house.sitDown(browser, server, 'alice');
    await shows(alice.page, 'comes back');
    await house.consoles.disableConsole({
      node: server.name,
      kind: ConsoleKind.SERIAL,
      wait: toDuration(10_000),
    });
    await alice.page.getByRole('heading', { name: 'The console was disabled' }).waitFor();
    await alice.screenshot('serial-ended');
    expect(await terminalText(alice.page)).toBe('');

    const other = await house.startServer();
    await using bob = await house.sitDown(browser, other, 'bob');
    await shows(bob.page, 'comes back');
    await bob.page.click('#disconnect');
    await bob.page.getByRole('heading', { name: 'Disconnected' }).waitFor();
    expect(await terminalText(bob.page)).toContain('comes back');
    await bob.page.getByRole('button', { name: 'Reconnect' }).click();
    await connected(bob.page);
  });
});

describe('without a mouse', () => {
  it('the keyboard leaves the terminal, walks the tools and returns', async () => {
    const server = await house.startServer();
    await using alice = await house.sitDown(browser, server, 'alice');
    const focused = () =>
      alice.page.evaluate<string>('document.activeElement.className || document.activeElement.id');
    await expect.poll(focused).toContain('xterm-helper-textarea');
    await alice.page.keyboard.press('Tab');
    await alice.page.keyboard.press('Control+Alt+Shift');
    const at = () => alice.page.evaluate<string>('document.activeElement.id');
    expect(await at()).toBe('keys');
    await alice.page.keyboard.press('ArrowRight');
    expect(await at()).toBe('paste');
    await alice.page.keyboard.press('End');
    expect(await at()).toBe('fold');
    await alice.page.click('#view');
    await alice.page.getByLabel('Read aloud').check();
    await alice.page.locator('.xterm-accessibility').waitFor({ state: 'attached' });
    expect(alice.complaints).toEqual(quiet);
  });

  it('a phone has the terminal, its tools and the keys that it lacks', async () => {
    const server = await house.startServer();
    const phone = {
      viewport: { width: 390, height: 780 },
      hasTouch: true,
      isMobile: true,
      deviceScaleFactor: 2,
    };
    await using alice = await house.sitDown(browser, server, 'alice', { context: phone });
    await shows(alice.page, 'fake serial console');
    await alice.page.tap('#touch');
    await alice.page.getByRole('button', { name: 'Ctrl' }).tap();
    await type(alice.page, 'g');
    await type(alice.page, 'ok');
    await shows(alice.page, /ok$/);
    await alice.screenshot('serial-phone');
    const wide = await alice.page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');
    expect(wide).toBe(false);
  });
});

function rowsOf(page: Page): Promise<number> {
  return page.evaluate<number>(`document.querySelectorAll('.xterm-rows > div').length`);
}
