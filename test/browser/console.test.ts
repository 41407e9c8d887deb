import { ConsoleKind, EndpointKind } from '@consolemesh/contracts/types';
import { toDuration } from '@consolemesh/mesh';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { colours, differentPixels, readCanvas } from '../harness/canvas.ts';
import { launchChromium, type TestBrowser } from '../harness/chromium.ts';
import { openConsole } from '../harness/open-console.ts';
import { type ConsoleMesh, logIn, type Server, sees, startConsoleMesh, typeLine } from './console-mesh.ts';

// Several browser pages a test; on a busy machine each takes seconds.
vi.setConfig({ testTimeout: 60_000 });

let browser: TestBrowser;
let house: ConsoleMesh;

beforeAll(async () => {
  [browser, house] = await Promise.all([launchChromium(), startConsoleMesh()]);
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await house?.[Symbol.asyncDispose]();
});

async function run(page: Page, server: Server, command: string, answer: string): Promise<void> {
  await typeLine(page, command);
  await expect.poll(server.text).toContain(answer);
}

function card(page: Page): Promise<string | null> {
  return page.locator('#card').textContent();
}

describe('the link of CreateConsoleUrl', () => {
  it.each(['direct', 'relay'] as const)('shows the machine and takes keys (%s)', async (route) => {
    await using server = await house.startServer({ route });
    await using person = await house.sitDown(browser, server);
    const { page } = person;
    expect(server.console.endpointKind).toBe(route === 'relay' ? EndpointKind.RELAY : EndpointKind.TCP);
    const before = await readCanvas(page);
    expect(colours(before)).toBeGreaterThan(1);
    await person.screenshot(`console-${route}-login`);
    await logIn(page, server);
    await run(page, server, 'uname -a', 'x86_64 GNU/Linux');
    await sees(page, server);
    expect(differentPixels(before, await readCanvas(page))).toBeGreaterThan(500);
    await person.screenshot(`console-${route}-shell`);
    expect(person.complaints).toEqual({ errors: [], policyViolations: [] });
  });

  it('leaves its token nowhere', async () => {
    await using server = await house.startServer();
    const { url, token } = await house.user.link(server.name);
    await using tab = await browser.newPage();
    const asked: string[] = [];
    tab.page.on('request', (request) => asked.push(`${request.url()} ${request.headers().referer ?? ''}`));
    await tab.page.goto(url);
    await sees(tab.page, server);
    expect(tab.page.url()).toBe(`${house.mesh.publicUrl}#node=${server.name}`);
    const traces = await tab.page.evaluate<string>(
      `JSON.stringify([location.href, document.title, document.documentElement.outerHTML, { ...localStorage }, { ...sessionStorage }])`,
    );
    // What the browser reports as the first request's URL still has its fragment, which was sent to nobody.
    expect([traces, ...asked.slice(1)].join()).not.toContain(token);
  });

  it('is good once where it was made so', async () => {
    await using server = await house.startServer({ places: 2 });
    await using person = await house.sitDown(browser, server, { singleUse: true });
    await using other = await browser.newPage();
    await other.page.goto(person.url);
    await other.page.getByRole('heading', { name: 'The link was already used' }).waitFor();
    await other.screenshot('console-link-used');
    await sees(person.page, server);
  });
});

describe('a reload', () => {
  it.each(['control', 'view'] as const)('comes back after the token has expired, as %s', async (role) => {
    await using server = await house.startServer();
    await using person = await house.sitDown(browser, server, { role });
    house.passTime(11 * 60_000);
    await using late = await browser.newPage();
    await late.page.goto(person.url);
    await late.page.getByRole('heading', { name: 'The link has expired' }).waitFor();

    await person.page.reload();
    await sees(person.page, server);
    await person.page.reload();
    await sees(person.page, server);
    expect(await person.page.getByText('View only').count()).toBe(role === 'view' ? 1 : 0);
    if (role === 'control') await logIn(person.page, server);
    const { sessions } = await house.user.sessions.listSessions({ node: server.name, includeEnded: true });
    expect(sessions.map(({ subject }) => subject)).toEqual(['alice']);
  });
});

describe('a console in use', () => {
  it('says by whom and since when; whoever takes over is named to the one before', async () => {
    await using server = await house.startServer();
    await using alice = await house.sitDown(browser, server, { subject: 'alice@example.org' });
    await logIn(alice.page, server);
    await using bob = await browser.newPage();
    await bob.page.goto((await house.user.link(server.name, { subject: 'bob@example.org' })).url);
    await bob.page.getByRole('heading', { name: /is in use$/ }).waitFor();
    expect(await card(bob.page)).toMatch(/in use by alice@example\.org since \d\d:\d\d.* \(just now\)/);
    await bob.screenshot('console-in-use');
    await bob.page.getByRole('button', { name: 'Take over' }).click();
    await sees(bob.page, server);
    await run(bob.page, server, 'echo bob was here', '\nbob was here');
    await alice.page.getByRole('heading', { name: 'Somebody took the console over' }).waitFor();
    expect(await card(alice.page)).toContain('bob@example.org took the console over.');
    await alice.screenshot('console-taken-over');
    expect([...alice.complaints.errors, ...bob.complaints.errors]).toEqual([]);
  });

  it('can be tried again, and opens once the other has left', async () => {
    await using server = await house.startServer();
    const alice = await house.sitDown(browser, server);
    await using bob = await browser.newPage();
    await bob.page.goto((await house.user.link(server.name, { subject: 'bob' })).url);
    await bob.page.getByRole('button', { name: 'Try again' }).click();
    await bob.page.getByRole('button', { name: 'Try again' }).waitFor();
    await alice[Symbol.asyncDispose]();
    const holders = async () =>
      (await house.user.consoles.getConsole({ node: server.name, kind: ConsoleKind.GRAPHICAL })).console
        ?.sessions;
    await expect.poll(holders).toBe(0);
    await bob.page.getByRole('button', { name: 'Try again' }).click();
    await sees(bob.page, server);
  });
});

describe('whoever may only watch', () => {
  it('sees everything and types nothing, with our page and with a program that tries', async () => {
    await using server = await house.startServer({ places: 3 });
    await using watcher = await house.sitDown(browser, server, { role: 'view', subject: 'carol' });
    await watcher.page.getByText('View only').waitFor();
    await watcher.screenshot('console-view-only');
    await watcher.page.click('#screen canvas');
    await watcher.page.keyboard.type('from the page');

    const link = await house.user.link(server.name, { role: 'view', subject: 'mallory' });
    using program = await openConsole(link.url);
    for (const letter of 'from a program') program.press(letter.charCodeAt(0));
    // Answered after everything before it.
    await program.screen();

    await using alice = await house.sitDown(browser, server);
    await alice.page.keyboard.type('al');
    await expect.poll(server.text).toMatch(/login: al\s*$/);
    await sees(watcher.page, server);
  });
});

describe('an end', () => {
  it('by revocation is told in the words of whoever revoked', async () => {
    await using server = await house.startServer();
    await using person = await house.sitDown(browser, server, { subject: 'dave' });
    const selector = { $case: 'subject' as const, value: 'dave' };
    await house.user.tokens.revokeTokens({ selector, message: 'Your shift is over.' });
    await person.page.getByRole('heading', { name: 'The access was revoked' }).waitFor();
    expect(await card(person.page)).toContain('Your shift is over.');
    await person.screenshot('console-revoked');
    await person.page.reload();
    await person.page.getByRole('heading', { name: /revoked|No console to open/ }).waitFor();
    expect(server.simulated.sessions).toBe(0);
  });

  it('by disabling is told, and warned of where it lingers', async () => {
    await using server = await house.startServer();
    await using person = await house.sitDown(browser, server);
    const console = { node: server.name, kind: ConsoleKind.GRAPHICAL };
    await house.user.consoles.disableConsole({ ...console, linger: toDuration(300_000) });
    await person.page.getByText('this session ends in 5 min at the latest').waitFor();
    await person.screenshot('console-lingers');
    await sees(person.page, server);
    await house.user.consoles.disableConsole({ ...console, wait: toDuration(10_000) });
    await person.page.getByRole('heading', { name: 'The console was disabled' }).waitFor();
    expect(await person.page.getByText('at the latest').count()).toBe(0);
    await person.screenshot('console-disabled');
    await expect.poll(() => server.simulated.sessions).toBe(0);
  });

  it('by an operator carries what the operator wrote', async () => {
    await using server = await house.startServer();
    await using person = await house.sitDown(browser, server);
    const { sessions } = await house.user.sessions.listSessions({ node: server.name });
    const sessionId = sessions[0]?.id ?? '';
    await house.user.sessions.terminateSession({
      sessionId,
      message: 'Firmware is being written; hands off.',
    });
    await person.page.getByRole('heading', { name: 'An operator ended the session' }).waitFor();
    expect(await card(person.page)).toContain('Firmware is being written; hands off.');
  });

  it('by the machine can be followed by a new picture with a button', async () => {
    await using server = await house.startServer();
    await using person = await house.sitDown(browser, server);
    server.simulated.dropViewers();
    await person.page
      .getByRole('heading', { name: /The connection to the server broke|The server closed/ })
      .waitFor();
    await person.screenshot('console-upstream-lost');
    await person.page.getByRole('button', { name: 'Reconnect' }).click();
    await sees(person.page, server);
  });
});

describe('a proxy', () => {
  it.each(['direct', 'relay'] as const)(
    'that is killed is replaced by another in the same tab (%s)',
    async (route) => {
      await using server = await house.startServer({ route });
      const [first, second] = house.mesh.proxies;
      await using person = await house.sitDown(browser, server);
      await logIn(person.page, server);
      expect([first?.running.sessions, second?.running.sessions]).toEqual([1, 0]);
      first?.kill();
      await expect.poll(() => second?.running.sessions).toBe(1);
      await sees(person.page, server);
      await run(person.page, server, 'echo still here', '\nstill here');
      const { sessions } = await house.user.sessions.listSessions({ node: server.name, includeEnded: true });
      expect(sessions).toHaveLength(1);
      await first?.restart();
    },
  );
});
