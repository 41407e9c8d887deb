import { ObservedState } from '@consolemesh/contracts/conductor';
import { EndpointKind } from '@consolemesh/contracts/types';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { colours, readCanvas } from '../harness/canvas.ts';
import { launchChromium, type TestBrowser } from '../harness/chromium.ts';
import { createManualClock } from '../harness/clock.ts';
import { typeLine } from './console-mesh.ts';
import { seesMachine, startIdracMachine, vncPassword } from './idrac-machines.ts';
import { type IdracMesh, type IdracServer, type ServerWish, startIdracMesh } from './idrac-mesh.ts';
import { hasWebsockify, startWebsockify, type Websockify } from './websockify.ts';

// Several browser pages a test; on a busy machine each takes seconds.
vi.setConfig({ testTimeout: 60_000 });

/** Where the pages of noVNC have their picture. */
const novncCanvas = { 'vnc.html': '#noVNC_container canvas', 'vnc_lite.html': '#screen canvas' } as const;

const strictest = ['strict-encodings', 'no-32-bit', 'hang-up-on-key=qemu'];

let browser: TestBrowser;
let house: IdracMesh;
/** Serves the pages of noVNC to those who connect to our proxy with them. */
let site: Websockify | undefined;

beforeAll(async () => {
  browser = await launchChromium();
  site = hasWebsockify ? await startWebsockify(1) : undefined;
  house = await startIdracMesh(site ? [new URL(site.page('', '')).origin] : []);
});
afterAll(async () => {
  for (const one of [browser, house, site]) await one?.[Symbol.asyncDispose]();
});

async function logIn(page: Page, { text }: Pick<IdracServer, 'text'>): Promise<void> {
  await typeLine(page, 'root');
  await typeLine(page, '');
  await expect.poll(text).toContain('root@');
}

/** An iDRAC whose console was enabled. */
async function startEnabled(wish?: ServerWish): Promise<IdracServer> {
  const server = await house.startServer(wish);
  try {
    await server.enable();
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** Somebody who follows a link until the picture is there. */
async function sitDown(server: IdracServer) {
  const tab = await browser.newPage();
  try {
    await tab.page.goto((await server.link()).url);
    await seesMachine(tab.page, server, server);
    return tab;
  } catch (error) {
    await tab[Symbol.asyncDispose]();
    throw error;
  }
}

describe.skipIf(!hasWebsockify)('noVNC of Debian and websockify, without us', () => {
  /** Somebody at the iDRAC has enabled its VNC server. */
  const attributes = { 'VNCServer.1#Enable': 'Enabled', 'VNCServer.1#Password': vncPassword };

  it.each(['vnc.html', 'vnc_lite.html'] as const)(
    'connect to an iDRAC 8 with %s, and show no picture; by our page it is there',
    async (file) => {
      await using server = await house.startServer({
        generation: '8',
        attributes,
        // As it is: in the clear.
        info: { drac_vnc_encryption: 'keep' },
        secrets: { drac_vnc_password: vncPassword },
      });
      const { vnc } = server.idrac;
      {
        await using websockify = await startWebsockify(vnc.port!);
        await using tab = await browser.newPage();
        await tab.page.goto(websockify.page(file, vncPassword));
        // It is in, it has asked for the picture, and its keys arrive: everything but the picture is there.
        await expect.poll(() => vnc.sessions, { timeout: 20_000 }).toBe(1);
        await expect.poll(() => vnc.starvedRequests).toBeGreaterThan(0);
        await tab.page.locator(novncCanvas[file]).click();
        await logIn(tab.page, server);
        const shown = await readCanvas(tab.page, novncCanvas[file]);
        expect(colours(shown)).toBe(1);
        expect(shown).toMatchObject({ width: 1024, height: 768 });
        await tab.screenshot(`idrac-without-us-${file.replace('.html', '')}`);
      }
      await expect.poll(() => vnc.sessions).toBe(0);
      const starved = vnc.starvedRequests;
      await server.enable();
      await using tab = await sitDown(server);
      await typeLine(tab.page, 'uname -a');
      await expect.poll(server.text).toContain('x86_64 GNU/Linux');
      await seesMachine(tab.page, server);
      expect(vnc.starvedRequests).toBe(starved);
    },
  );

  it('show the picture of an iDRAC 9, so that its absence is no fault of theirs', async () => {
    await using idrac = await startIdracMachine({ generation: '9' });
    await using websockify = await startWebsockify(idrac.port);
    await using tab = await browser.newPage();
    await tab.page.goto(websockify.page('vnc_lite.html', vncPassword));
    await seesMachine(tab.page, idrac, { bits: 32 });
  });
});

describe('the console of an iDRAC', () => {
  const off = { drac_vnc_encryption: 'off' };
  const relay = 'relay' as const;
  const noWsman = { noWsman: true };
  const rows: [name: string, wish: ServerWish][] = [
    ['generation 8', { generation: '8' }],
    ['generation 8 in the clear', { generation: '8', info: off }],
    ['generation 9', { generation: '9' }],
    ['generation 9 in the clear', { generation: '9', info: off }],
    ['generation 8 over Redfish', { generation: '8', misbehave: noWsman }],
    ['generation 9 over Redfish', { generation: '9', misbehave: noWsman }],
    ['generation 8 over a relay', { generation: '8', route: relay }],
    ['generation 9 over a relay, in the clear', { generation: '9', route: relay, info: off }],
    ['one that hangs up when asked for 32 bits', { generation: '8', words: ['no-32-bit'] }],
    ['one that sends 16 bits for 32', { generation: '8', words: ['no-32-bit=garble'] }],
    ['one that bears no encoding it does not know', { generation: '8', words: ['strict-encodings'] }],
    [
      'one that hangs up on keys after an offer of QEMU keys',
      { generation: '8', words: ['hang-up-on-key=qemu'] },
    ],
    ['one that says nothing before it was switched off and on', { generation: '8', words: ['wedge'] }],
    ['the strictest, in small pieces', { generation: '8', words: [...strictest, 'trickle=700/0'] }],
    [
      'the strictest, in small pieces over Redfish and a relay',
      { generation: '8', words: [...strictest, 'trickle=700/0'], misbehave: noWsman, route: relay },
    ],
  ];

  it.each(rows)('is switched on, seen, typed into and put back: %s', async (name, wish) => {
    await using server = await house.startServer(wish);
    const { idrac } = server;
    const before = server.settings();
    expect([before.Enable, idrac.vnc.port]).toEqual(['Disabled', undefined]);
    await server.enable();
    expect(server.settings()).toMatchObject({
      Enable: 'Enabled',
      SSLEncryptionBitLength: wish.info === off ? 'Disabled' : 'Auto Negotiate',
    });
    expect(new Set(idrac.journal.map(({ via }) => via))).toEqual(
      new Set([wish.misbehave ? 'redfish' : 'wsman']),
    );

    await using tab = await sitDown(server);
    await logIn(tab.page, server);
    await seesMachine(tab.page, server, server);
    expect(idrac.vnc).toMatchObject({ sessions: 1, starvedRequests: 0 });
    expect(tab.complaints).toEqual({ errors: [], policyViolations: [] });
    if (!wish.words) await tab.screenshot(`idrac-${name.replace(/[^a-z0-9]+/gi, '-')}`);

    const { observed, endpointKind } = await house.user.console(server.name);
    expect([observed, endpointKind]).toEqual([
      ObservedState.READY,
      wish.route === relay ? EndpointKind.RELAY : EndpointKind.TCP,
    ]);
    await house.user.disable(server.name);
    await tab.page.getByRole('heading', { name: 'The console was disabled' }).waitFor();
    expect(server.settings()).toEqual(before);
    expect([idrac.vnc.sessions, idrac.vnc.port]).toEqual([0, undefined]);
  });

  it.skipIf(!hasWebsockify).each(['vnc.html', 'vnc_lite.html'] as const)(
    'is seen and typed into with %s of Debian',
    async (file) => {
      await using server = await startEnabled({ generation: '8', words: strictest });
      const { token } = await server.link();
      const { hostname, port } = new URL(house.mesh.publicUrl);
      const link = new URL(site!.page(file, ''));
      link.searchParams.set('host', hostname);
      link.searchParams.set('port', port);
      link.searchParams.set('path', `websockify?token=${token}`);
      await using tab = await browser.newPage();
      await tab.page.goto(link.href);
      const canvas = novncCanvas[file];
      await seesMachine(tab.page, server, { canvas });
      await tab.page.click(canvas);
      await logIn(tab.page, server);
      await seesMachine(tab.page, server, { canvas });
      await tab.screenshot(`idrac-${file.replace('.html', '')}-of-debian`);
    },
  );

  it('takes the pointer where it is moved, and comes back after F5', async () => {
    await using server = await startEnabled({ generation: '8' });
    const { idrac } = server;
    await using tab = await sitDown(server);
    const box = (await tab.page.locator('#screen canvas').boundingBox())!;
    await tab.page.mouse.move(box.x + box.width / 2, box.y + box.height / 4);
    const off = () => {
      const { x, y } = idrac.machine.pointer ?? { x: 0, y: 0 };
      return Math.max(Math.abs(x - 512), Math.abs(y - 192));
    };
    await expect.poll(off).toBeLessThan(3);
    await seesMachine(tab.page, server);
    await tab.page.reload();
    await seesMachine(tab.page, server);
    expect(idrac.vnc.sessions).toBe(1);
  });
});

describe('an open console of an iDRAC', () => {
  /** Waits until the page says that it is over; answers what it says. */
  async function over(page: Page): Promise<string | null> {
    await page.getByRole('button', { name: 'Reconnect' }).waitFor();
    return page.locator('#card').textContent();
  }

  async function isReady({ name }: IdracServer): Promise<void> {
    await expect.poll(async () => (await house.user.console(name)).observed).toBe(ObservedState.READY);
  }

  it.each(['direct', 'relay'] as const)(
    'ends in words when somebody disables the VNC server, and comes back by itself (%s)',
    async (route) => {
      await using server = await startEnabled({ generation: '8', route });
      const { attributes, journal } = server.idrac;
      await using tab = await sitDown(server);
      const writes = journal.length;
      await attributes.set('VNCServer.1#Enable', 'Disabled');
      expect(await over(tab.page)).toMatch(/The (machine|server) closed the con/);
      await tab.screenshot(`idrac-disabled-by-hand-${route}`);
      await expect.poll(() => attributes.current('VNCServer.1#Enable')).toBe('Enabled');
      await isReady(server);
      const [first, ...others] = journal.slice(writes);
      expect([first?.via, new Set(others.map(({ via }) => via))]).toEqual(['local', new Set(['wsman'])]);

      await tab.page.getByRole('button', { name: 'Reconnect' }).click();
      await seesMachine(tab.page, server);
      await logIn(tab.page, server);
      await tab[Symbol.asyncDispose]();
      await expect.poll(() => server.idrac.vnc.sessions).toBe(0);
      await using other = await sitDown(server);
      expect(other.complaints.errors).toEqual([]);
    },
  );

  it('that wedges behind its viewer is switched off and on for the next one', async () => {
    await using server = await startEnabled({ generation: '8', words: ['wedge=1'] });
    const { journal, vnc } = server.idrac;
    const writes = journal.length;
    await (await sitDown(server))[Symbol.asyncDispose]();
    await expect.poll(() => vnc.sessions).toBe(0);
    await using tab = await browser.newPage();
    await tab.page.goto((await server.link()).url);
    await tab.page.getByRole('button', { name: 'Try again' }).waitFor();
    expect(await tab.page.locator('#card').textContent()).toMatch(/The server does not answer/);
    await tab.screenshot('idrac-wedged');
    await expect.poll(() => journal.length).toBeGreaterThan(writes);
    await isReady(server);
    await tab.page.getByRole('button', { name: 'Try again' }).click();
    await seesMachine(tab.page, server);
  });

  it('is thrown out by the iDRAC when nobody types for as long as drac_vnc_timeout says', async () => {
    const clock = createManualClock();
    using _running = clock.run(1);
    await using server = await startEnabled({
      generation: '8',
      clock,
      info: { drac_vnc_timeout: '60' },
    });
    await using tab = await sitDown(server);
    expect(server.settings().Timeout).toBe('60');
    clock.advance(40_000);
    await logIn(tab.page, server);
    clock.advance(40_000);
    await seesMachine(tab.page, server);
    // Whole, because the release of the last key may have come after the line that it ended.
    clock.advance(60_000);
    expect(await over(tab.page)).toMatch(/The (machine|server) closed the con/);
    await tab.page.getByRole('button', { name: 'Reconnect' }).click();
    await seesMachine(tab.page, server);
  });
});
