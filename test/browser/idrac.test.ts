import { fileURLToPath } from 'node:url';
import { ObservedState } from '@consolemesh/contracts/conductor';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { colours, readCanvas } from '../harness/canvas.ts';
import { launchChromium, type TestBrowser } from '../harness/chromium.ts';
import { type Mesh, startMesh } from '../harness/mesh.ts';
import { createUser, type User } from '../harness/user.ts';
import { typeLine } from './console-mesh.ts';
import { type IdracMachine, seesMachine, startIdracMachine, vncPassword } from './idrac-machines.ts';
import { standInName, startIdracStandIn } from './idrac-stand-in-driver.ts';
import { hasWebsockify, startWebsockify, type Websockify } from './websockify.ts';

// Several browser pages a test; on a busy machine each takes seconds.
vi.setConfig({ testTimeout: 60_000 });

const builtPage = fileURLToPath(new URL('../../services/novncproxy/dist/page', import.meta.url));
/** Where the pages of noVNC have their picture. */
const novncCanvas = { 'vnc.html': '#noVNC_container canvas', 'vnc_lite.html': '#screen canvas' } as const;

const strictest = ['strict-encodings', 'no-32-bit', 'hang-up-on-key=qemu'];

let browser: TestBrowser;
let driver: AsyncDisposable & { readonly target: string };
let mesh: Mesh;
let user: User;
/** Serves the pages of noVNC to those who connect to our proxy with them. */
let site: Websockify | undefined;
let count = 0;

beforeAll(async () => {
  [browser, driver] = await Promise.all([launchChromium(), startIdracStandIn()]);
  site = hasWebsockify ? await startWebsockify(1) : undefined;
  mesh = await startMesh({
    vncDrivers: 0,
    fakeDrivers: 0,
    providers: 0,
    conductor: { drivers: [driver.target] },
    proxy: { page: builtPage, allowedOrigins: site ? [new URL(site.page('', '')).origin] : [] },
  });
  user = createUser(mesh);
});
afterAll(async () => {
  for (const one of [browser, mesh, driver, site]) await one?.[Symbol.asyncDispose]();
});

/** A link to the console of an iDRAC, which is enabled. */
async function linkTo(
  { port }: IdracMachine,
  { tls = false, forced = true, route = 'direct' as 'direct' | 'relay' } = {},
) {
  const name = `rack7-idrac${++count}`;
  const info = { idrac_port: `${port}`, idrac_tls: `${tls}`, idrac_rgb555: `${forced}` };
  await user.node(name, { driver: standInName, info, route });
  expect(await user.enable(name)).toMatchObject({ observed: ObservedState.READY });
  return user.link(name, { subject: 'alice' });
}

async function logIn(page: Page, { text }: IdracMachine): Promise<void> {
  await typeLine(page, 'root');
  await typeLine(page, '');
  await expect.poll(text).toContain('root@');
}

describe.skipIf(!hasWebsockify)('noVNC of Debian and websockify, without us', () => {
  it.each(['vnc.html', 'vnc_lite.html'] as const)(
    'connect to an iDRAC 8 with %s, and show no picture; by our page it is there',
    async (file) => {
      await using idrac = await startIdracMachine();
      {
        await using websockify = await startWebsockify(idrac.port);
        await using tab = await browser.newPage();
        await tab.page.goto(websockify.page(file, vncPassword));
        // It is in, it has asked for the picture, and its keys arrive: everything but the picture is there.
        await expect.poll(() => idrac.vnc.sessions, { timeout: 20_000 }).toBe(1);
        await expect.poll(() => idrac.vnc.starvedRequests).toBeGreaterThan(0);
        await tab.page.locator(novncCanvas[file]).click();
        await logIn(tab.page, idrac);
        const shown = await readCanvas(tab.page, novncCanvas[file]);
        expect(colours(shown)).toBe(1);
        expect(shown).toMatchObject({ width: 1024, height: 768 });
        await tab.screenshot(`idrac-without-us-${file.replace('.html', '')}`);
      }
      await expect.poll(() => idrac.vnc.sessions).toBe(0);
      const starved = idrac.vnc.starvedRequests;
      const { url } = await linkTo(idrac);
      await using tab = await browser.newPage();
      await tab.page.goto(url);
      await seesMachine(tab.page, idrac);
      await typeLine(tab.page, 'uname -a');
      await expect.poll(idrac.text).toContain('x86_64 GNU/Linux');
      await seesMachine(tab.page, idrac);
      expect(idrac.vnc.starvedRequests).toBe(starved);
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
  const rows: [name: string, tls: boolean, forced: boolean, generation: '8' | '9', words: string[]][] = [
    ['in the clear, asked for 16 bits', false, true, '8', []],
    ['in the clear, at its own format', false, false, '8', []],
    ['TLS, asked for 16 bits', true, true, '8', []],
    ['TLS, at its own format', true, false, '8', []],
    ['generation 9, asked for 16 bits', false, true, '9', []],
    ['generation 9, at its own 32 bits', false, false, '9', []],
    ['generation 9 with TLS, at its own 32 bits', true, false, '9', []],
    ['one that hangs up when asked for 32 bits', false, true, '8', ['no-32-bit']],
    ['one that hangs up when asked for 32 bits, at its own format', false, false, '8', ['no-32-bit']],
    ['one that sends 16 bits for 32', true, true, '8', ['no-32-bit=garble']],
    ['one that bears no encoding it does not know', false, true, '8', ['strict-encodings']],
    ['one that hangs up on keys after an offer of QEMU keys', false, true, '8', ['hang-up-on-key=qemu']],
    ['the strictest, in small pieces', true, false, '8', [...strictest, 'trickle=700/0']],
  ];

  it.each(rows)('is seen and typed into: %s', async (name, tls, forced, generation, words) => {
    await using idrac = await startIdracMachine({ generation, words, settings: { tls } });
    const bits = forced || generation === '8' ? 16 : 32;
    const { url } = await linkTo(idrac, { tls, forced });
    await using tab = await browser.newPage();
    await tab.page.goto(url);
    await seesMachine(tab.page, idrac, { bits });
    await logIn(tab.page, idrac);
    await seesMachine(tab.page, idrac, { bits });
    expect(idrac.vnc).toMatchObject({ sessions: 1, starvedRequests: 0 });
    expect(tab.complaints).toEqual({ errors: [], policyViolations: [] });
    if (words.length === 0) await tab.screenshot(`idrac-${name.replace(/[^a-z0-9]+/gi, '-').toLowerCase()}`);
  });

  it.each([false, true])('is seen and typed into over a relay (TLS %s)', async (tls) => {
    await using idrac = await startIdracMachine({ words: strictest, settings: { tls } });
    const { url } = await linkTo(idrac, { tls, route: 'relay' });
    await using tab = await browser.newPage();
    await tab.page.goto(url);
    await seesMachine(tab.page, idrac);
    await logIn(tab.page, idrac);
    await seesMachine(tab.page, idrac);
    expect(idrac.vnc).toMatchObject({ sessions: 1, starvedRequests: 0 });
  });

  it.skipIf(!hasWebsockify).each(['vnc.html', 'vnc_lite.html'] as const)(
    'is seen and typed into with %s of Debian',
    async (file) => {
      await using idrac = await startIdracMachine({ words: strictest });
      const { token } = await linkTo(idrac);
      const { hostname, port } = new URL(mesh.publicUrl);
      const link = new URL(site!.page(file, ''));
      link.searchParams.set('host', hostname);
      link.searchParams.set('port', port);
      link.searchParams.set('path', `websockify?token=${token}`);
      await using tab = await browser.newPage();
      await tab.page.goto(link.href);
      const canvas = novncCanvas[file];
      await seesMachine(tab.page, idrac, { canvas });
      await tab.page.click(canvas);
      await logIn(tab.page, idrac);
      await seesMachine(tab.page, idrac, { canvas });
      await tab.screenshot(`idrac-${file.replace('.html', '')}-of-debian`);
    },
  );

  it('takes the pointer where it is moved, and comes back after F5', async () => {
    await using idrac = await startIdracMachine();
    const { url } = await linkTo(idrac);
    await using tab = await browser.newPage();
    await tab.page.goto(url);
    await seesMachine(tab.page, idrac);
    const box = (await tab.page.locator('#screen canvas').boundingBox())!;
    await tab.page.mouse.move(box.x + box.width / 2, box.y + box.height / 4);
    const off = () => {
      const { x, y } = idrac.machine.pointer ?? { x: 0, y: 0 };
      return Math.max(Math.abs(x - 512), Math.abs(y - 192));
    };
    await expect.poll(off).toBeLessThan(3);
    await seesMachine(tab.page, idrac);
    await tab.page.reload();
    await seesMachine(tab.page, idrac);
    expect(idrac.vnc.sessions).toBe(1);
  });
});
