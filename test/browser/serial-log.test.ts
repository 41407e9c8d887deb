import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditServiceDefinition } from '@consolemesh/contracts/conductor';
import { MeshError } from '@consolemesh/errors';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchChromium, type TestBrowser } from '../harness/chromium.ts';
import { type SerialMesh, shows, startSerialMesh, type } from './serial-mesh.ts';

// Several browser pages a test; on a busy machine each takes seconds.
vi.setConfig({ testTimeout: 120_000 });

let folder: string;
let browser: TestBrowser;
let house: SerialMesh;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'consolemesh-logs-'));
  [browser, house] = await Promise.all([launchChromium(), startSerialMesh({ consoleLogs: folder })]);
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await house?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** What is to be seen of the recorded terminal. */
const recorded = (page: Page) =>
  page.evaluate<string>(
    `[...document.querySelectorAll('#player .xterm-rows > div')].map((row) => row.textContent.replaceAll('\\u00a0', ' ').trimEnd()).join('\\n').trimEnd()`,
  );
const plays = (page: Page, text: string | RegExp) =>
  expect.poll(() => recorded(page), { timeout: 30_000 }).toMatch(text);
const note = (page: Page, text: string | RegExp) =>
  page.locator('#player-note', { hasText: text }).waitFor({ timeout: 30_000 });
/** The log has been read. */
const isRead = (page: Page) => note(page, /\d\d:\d\d:\d\d to /);

describe('the log of a serial console', () => {
  it('is played over the live terminal, which goes on below', async () => {
    const server = await house.startServer({ console_log: 'true' });
    await using alice = await house.sitDown(browser, server, 'alice');
    const { page } = alice;
    await type(page, 'first words');
    await shows(page, 'first words');
    house.mesh.machines.get(server.nodeId)!.broken = true;
    server.line().drop();
    await page.locator('.bar[data-name="lost"]').waitFor();
    house.mesh.machines.get(server.nodeId)!.broken = false;
    await page.getByText('The connection to the machine is back.').waitFor({ timeout: 60_000 });
    server.line().say(Buffer.from('\r\n\x1b[1;32mbooted\x1b[0m in \x1b[33m4 s\x1b[0m\r\n'));
    await shows(page, 'booted in 4 s');

    await page.click('#log');
    await isRead(page);
    // It plays by itself, and gaps are short.
    await plays(page, 'first words');
    await plays(page, 'booted in 4 s');
    const events = page.getByLabel('Events');
    const told = await events.locator('option').allTextContents();
    expect(told.join()).toMatch(/Recording began.*The machine was lost: .*The machine is back/);
    await events.selectOption({ index: told.findIndex((words) => words.includes('was lost')) });
    await page.locator('#player-event', { hasText: 'The machine was lost: ' }).waitFor();
    await expect.poll(() => recorded(page)).not.toContain('booted');
    await page.keyboard.press('Escape');
    await page.click('#log');
    await isRead(page);
    await page.keyboard.press('End');
    await plays(page, 'booted in 4 s');
    await alice.screenshot('serial-log');
    await page.emulateMedia({ colorScheme: 'dark' });
    await alice.screenshot('serial-log-dark');

    server.line().say(Buffer.from('said meanwhile'));
    await page.keyboard.press('Escape');
    await page.locator('#player').waitFor({ state: 'hidden' });
    await shows(page, 'said meanwhile');
    await type(page, ' and typed after');
    await shows(page, 'said meanwhile and typed after');
    expect(alice.complaints).toEqual({ errors: [], policyViolations: [] });

    const audit = house.mesh.connect(house.mesh.conductorTarget).client(AuditServiceDefinition);
    const { events: written } = await audit.listAuditEvents({
      node: server.nodeId,
      kind: 'console.log-read',
    });
    const mine = { subject: 'alice', role: 'control' };
    expect(written).toMatchObject([mine, mine]);
  });

  it('is steered with the keyboard: to and fro, faster, and with the silence that there was', async () => {
    const server = await house.startServer({ console_log: 'true' });
    await using alice = await house.sitDown(browser, server, 'alice');
    const { page } = alice;
    await type(page, 'early.');
    await shows(page, 'early.');
    await type(page, 'late.');
    await shows(page, 'early.late.');

    await page.locator('#log').focus();
    await page.keyboard.press('Enter');
    await isRead(page);
    await page.keyboard.press('End');
    await plays(page, 'early.late.');
    const slider = page.getByLabel('Time', { exact: true });
    const end = await slider.inputValue();
    expect(end).toBe(await slider.getAttribute('max'));
    await page.keyboard.press('Home');
    await expect.poll(() => slider.inputValue()).toBe('0');
    await expect.poll(() => recorded(page)).not.toContain('late.');
    const speed = page.getByLabel('Speed');
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    expect(await speed.inputValue()).toBe('4');
    // The focus is on the button that plays.
    await page.keyboard.press('Space');
    await plays(page, 'early.late.');
    await page.getByLabel('Skip idle').uncheck();
    await page.keyboard.press('End');
    await expect.poll(() => slider.inputValue()).toBe(await slider.getAttribute('max'));
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(async () => Number(await slider.inputValue())).toBeLessThan(Number(end) + 1);
    expect(await slider.getAttribute('aria-valuetext')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    await page.keyboard.press('Escape');
    await shows(page, 'early.late.');
  });

  it('is played by whoever may only watch', async () => {
    const server = await house.startServer({ console_log: 'true' });
    server.line().say(Buffer.from('for everybody'));
    await using carol = await house.sitDown(browser, server, 'carol', { role: 'view' });
    await carol.page.click('#log');
    await isRead(carol.page);
    await carol.page.keyboard.press('End');
    await plays(carol.page, 'for everybody');
    await carol.page.setViewportSize({ width: 390, height: 780 });
    await carol.screenshot('serial-log-narrow');
    const wide = await carol.page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');
    expect(wide).toBe(false);
    expect(carol.complaints).toEqual({ errors: [], policyViolations: [] });
  });

  it('that there is none of, or that is empty, is said in words', async () => {
    const server = await house.startServer();
    await using alice = await house.sitDown(browser, server, 'alice');
    const { page } = alice;
    Object.assign(server.line(), {
      async *read() {
        yield* [];
        throw new MeshError('CAPABILITY_MISSING', 'not for users');
      },
    });
    await page.click('#log');
    await note(page, /There is no log\. Nothing of this console was recorded: set driver_info\.console_log/);
    expect(await page.getByLabel('Play (Space)').isDisabled()).toBe(true);
    await alice.screenshot('serial-log-none');
    Object.assign(server.line(), { async *read() {} });
    await page.getByRole('button', { name: 'Read again' }).click();
    await note(page, 'The machine has said nothing in this time; choose a longer part.');
    await page.getByLabel('Part of the log').selectOption('Everything');
    await note(page, 'The log is empty');
    await page.getByRole('button', { name: 'Close' }).click();
    await type(page, 'still live');
    await shows(page, 'still live');
  });
});
