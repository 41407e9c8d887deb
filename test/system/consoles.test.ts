import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { colours, differentPixels, readCanvas } from '../harness/canvas.ts';
import { launchChromium, type TestBrowser } from '../harness/chromium.ts';
import { terminalText } from '../harness/terminal-text.ts';
import { compose, consolemesh, consolemeshHere, containers, unwell } from './docker.ts';
import { withinMs } from './faults/wait.ts';

const minute = 60_000;
const machines = ['vnc-1', 'idrac-1', 'idrac-2'];
/** Machines with a serial console: each driver for those has one at least. */
const serials = ['vnc-1', 'idrac-1', 'idrac-2', 'openbmc-1'];
let browser: TestBrowser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser[Symbol.asyncDispose]());

it(
  'opens the consoles of all three machines in a browser, types into them, and puts them back',
  async () => {
    for (const node of machines) {
      await consolemesh('console', 'enable', node, '--wait', '90s');
      const url = (await consolemesh('console', 'url', node, '--quiet')).trim();
      await using opened = await browser.newPage();
      await opened.page.goto(url);
      await expectPicture(opened.page);
      await opened.screenshot(`compose-${node}`);
      await expectEcho(opened.page);
      expect(opened.complaints).toEqual({ errors: [], policyViolations: [] });
      expect(opened.page.url()).not.toContain('token');
    }
    for (const node of machines) await consolemesh('console', 'disable', node, '--wait', '60s');
    const consoles = JSON.parse(await consolemesh('console', 'list', '-o', 'json')) as object[];
    expect(JSON.stringify(consoles)).not.toContain('READY');
  },
  6 * minute,
);

it(
  'makes nodes by the command line, and opens a console with one of each service gone',
  async () => {
    await consolemesh('node', 'create', 'vnc-2', '--info', 'vnc_address=bmc-vnc', '--info', 'vnc_port=5900');
    const gone = ['conductor-1', 'token-1', 'novncproxy-1', 'bmc-driver-vnc-1', 'bmc-driver-idrac-wsman-1'];
    await compose('stop', ...gone);
    try {
      for (const service of gone) expect((await containers()).get(service)?.State.ExitCode, service).toBe(0);
      for (const node of ['vnc-1', 'idrac-2']) {
        await consolemesh('console', 'enable', node, '--wait', '90s');
        const url = (await consolemesh('console', 'url', node, '--quiet')).trim();
        await using opened = await browser.newPage();
        await opened.page.goto(url);
        await expectPicture(opened.page);
      }
    } finally {
      await compose('start', ...gone);
      await withinMs(3 * minute, 'every service healthy', async () => (await unwell()).length === 0);
      await consolemesh('node', 'delete', 'vnc-2');
    }
  },
  6 * minute,
);

it(
  'opens the serial consoles of all drivers beside the screens, also with one of each service gone',
  async () => {
    const gone = ['serialproxy-1', 'bmc-driver-ipmi-sol-1', 'bmc-driver-redfish-serial-1'];
    await consolemeshHere('console', 'enable', 'vnc-1', '--wait', '90s');
    await using screen = await browser.newPage();
    await screen.page.goto((await consolemeshHere('console', 'url', 'vnc-1', '--quiet')).trim());
    await compose('stop', ...gone);
    try {
      for (const node of serials) {
        await using opened = await openSerial(node);
        await opened.page.keyboard.type(`typed at ${node}`);
        await expect
          .poll(() => terminalText(opened.page), { timeout: minute })
          .toContain(`login: typed at ${node}`);
        await opened.screenshot(`compose-serial-${node}`);
        await opened.page.keyboard.press('Control+c');
        expect(opened.complaints).toEqual({ errors: [], policyViolations: [] });
      }
      await expectPicture(screen.page);
      const drivers = await Promise.all(serials.map(driverOf));
      expect(new Set(drivers)).toEqual(new Set(['ipmi-sol', 'ipmi-socat', 'redfish-serial']));
      // That of vnc-1 is recorded, and what is typed there is, by its echo.
      await expect
        .poll(() => consolemeshHere('console', 'log', 'vnc-1', '--plain'), {
          timeout: minute,
          interval: 2_000,
        })
        .toContain('login: typed at vnc-1');
    } finally {
      await compose('start', ...gone);
      await withinMs(3 * minute, 'every service healthy', async () => (await unwell()).length === 0);
    }
    for (const node of serials)
      await consolemeshHere('console', 'disable', node, '--kind', 'serial', '--wait', '60s');
  },
  8 * minute,
);

/** Opens a serial console in a browser, up to its login prompt. */
async function openSerial(node: string) {
  await consolemeshHere('console', 'enable', node, '--kind', 'serial', '--wait', '90s');
  const url = (await consolemeshHere('console', 'url', node, '--kind', 'serial', '--quiet')).trim();
  const opened = await browser.newPage();
  await opened.page.goto(url);
  await opened.page.locator('#state', { hasText: 'Connected' }).waitFor({ timeout: minute });
  await opened.page.keyboard.press('Control+c');
  await expect.poll(() => terminalText(opened.page), { timeout: minute }).toContain('login:');
  return opened;
}

/** The driver that has a node's serial console. */
async function driverOf(node: string): Promise<string> {
  const shown = JSON.parse(await consolemeshHere('console', 'show', node, '--kind', 'serial', '-o', 'json'));
  return (shown as { driver: string }).driver;
}

/** What is typed: a glyph has some 35 pixels, so that all of them are far more than a blinking cursor. */
const line = 'w'.repeat(30);
/** A cell of the simulated machines' screen, pixels; a blinking cursor changes no more. */
const cell = 8 * 16;

/** What is typed appears on the machine's screen, which stands still otherwise. */
async function expectEcho(page: Page): Promise<void> {
  // Whoever was here before may have filled the line.
  await page.keyboard.press('Control+c');
  const picture = () => readCanvas(page);
  let before = await picture();
  const changed = async () => {
    const [earlier, now] = [before, await picture()];
    before = now;
    return differentPixels(earlier, now);
  };
  await expect.poll(changed, { timeout: minute, interval: 1_500 }).toBeLessThanOrEqual(cell);
  const still = before;
  await page.keyboard.type(line);
  const typed = async () => differentPixels(still, await picture());
  await expect.poll(typed, { timeout: minute }).toBeGreaterThan(5 * cell);
}

async function expectPicture(page: Page): Promise<void> {
  await page.locator('#state', { hasText: 'Connected' }).waitFor({ timeout: minute });
  await expect.poll(async () => colours(await readCanvas(page)), { timeout: minute }).toBeGreaterThan(1);
}
