import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchChromium, type TestBrowser } from '../harness/chromium.ts';
import { novncFolder } from '../system-packages.mjs';
import { type ConsoleMesh, logIn, sees, startConsoleMesh } from './console-mesh.ts';

// Several browser pages a test; on a busy machine each takes seconds.
vi.setConfig({ testTimeout: 60_000 });

const novnc = novncFolder() ?? '/usr/share/novnc';
const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

interface Site extends AsyncDisposable {
  readonly origin: string;
}

/** The files of Debian's package, untouched, on an origin of their own. */
async function startSite(): Promise<Site> {
  if (!existsSync(`${novnc}/vnc_lite.html`)) {
    throw new Error(
      'noVNC of Debian is not there: npm test unpacks it as root, or install the package novnc',
    );
  }
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://site').pathname);
    readFile(join(novnc, path)).then(
      (body) => response.writeHead(200, { 'content-type': types[extname(path)] ?? 'text/plain' }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

let browser: TestBrowser;
let house: ConsoleMesh;
let site: Site;
let stranger: Site;

beforeAll(async () => {
  [site, stranger, browser] = await Promise.all([startSite(), startSite(), launchChromium()]);
  house = await startConsoleMesh([site.origin]);
});
afterAll(async () => {
  for (const one of [browser, house, site, stranger]) await one?.[Symbol.asyncDispose]();
});

/** A page of noVNC that is told to connect to our proxies. */
function pageOf({ origin }: Site, page: string, token: string): string {
  const { hostname, port } = new URL(house.mesh.publicUrl);
  const path = encodeURIComponent(`websockify?token=${token}`);
  // Scaled, the canvas holds the whole picture; else it would hold what fits into the window.
  return `${origin}/${page}?autoconnect=true&resize=scale&host=${hostname}&port=${port}&path=${path}`;
}

describe('noVNC of Debian', () => {
  it.each([
    ['vnc.html', '#noVNC_container canvas'],
    ['vnc_lite.html', '#screen canvas'],
  ])('shows a console and types into it with %s', async (page, canvas) => {
    await using server = await house.startServer();
    await using tab = await browser.newPage();
    const { token } = await house.user.link(server.name);
    await tab.page.goto(pageOf(site, page, token));
    await sees(tab.page, server, canvas);
    await tab.page.click(canvas);
    await logIn(tab.page, server);
    await sees(tab.page, server, canvas);
    await tab.screenshot(`novnc-of-debian-${page.replace('.html', '')}`);
  });

  it('shows our words when the token is refused', async () => {
    await using tab = await browser.newPage();
    await tab.page.goto(pageOf(site, 'vnc.html', 'no-such-token'));
    const status = tab.page.locator('#noVNC_status');
    await expect.poll(() => status.textContent()).toContain('The link is not valid');
    await tab.screenshot('novnc-of-debian-refused');
  });

  it('shows who uses the console', async () => {
    await using server = await house.startServer();
    await using _alice = await house.sitDown(browser, server, { subject: 'alice@example.org' });
    await using tab = await browser.newPage();
    const { token } = await house.user.link(server.name, { subject: 'bob' });
    await tab.page.goto(pageOf(site, 'vnc.html', token));
    const status = tab.page.locator('#noVNC_status');
    await expect.poll(() => status.textContent()).toContain('alice@example.org is using the console');
    await tab.screenshot('novnc-of-debian-in-use');
  });

  it('watches only where the token says so', async () => {
    await using server = await house.startServer({ places: 2 });
    await using tab = await browser.newPage();
    const { token } = await house.user.link(server.name, { role: 'view' });
    await tab.page.goto(pageOf(site, 'vnc_lite.html', token));
    await sees(tab.page, server, '#screen canvas');
    await tab.page.click('#screen canvas');
    await tab.page.keyboard.type('watcher');
    await using alice = await house.sitDown(browser, server);
    await alice.page.keyboard.type('al');
    await expect.poll(server.text).toMatch(/login: al\s*$/);
    await sees(tab.page, server, '#screen canvas');
  });

  it('opens nothing from an origin that nobody allowed', async () => {
    await using server = await house.startServer();
    await using tab = await browser.newPage();
    const { token } = await house.user.link(server.name);
    await tab.page.goto(pageOf(stranger, 'vnc.html', token));
    await expect.poll(() => tab.page.locator('#noVNC_status').textContent()).toContain('Failed to connect');
    expect(server.simulated.sessions).toBe(0);
    const { tokens } = await house.user.tokens.listTokens({ consoleId: server.console.id });
    expect(tokens.map(({ redemptions }) => redemptions)).toEqual([0]);
  });
});

describe('an address as other projects write it', () => {
  const forms: [string, (node: string, token: string) => string][] = [
    [
      'vnc_auto.html of Ironic',
      (node, token) => `vnc_auto.html?path=${encodeURIComponent(`websockify?node=${node}&token=${token}`)}`,
    ],
    ['vnc.html', (_node, token) => `vnc.html?path=${encodeURIComponent(`websockify?token=${token}`)}`],
    [
      'vnc_lite.html of Nova',
      (_node, token) => `vnc_lite.html?path=${encodeURIComponent(`?token=${token}`)}`,
    ],
  ];

  it.each(forms)('opens the console, and the address bar is clean: %s', async (_name, form) => {
    await using server = await house.startServer();
    const { token, compatibilityUrl } = await house.user.link(server.name);
    const link = form(server.console.nodeId, token);
    if (link.startsWith('vnc_auto')) expect(compatibilityUrl).toBe(house.mesh.publicUrl + link);
    await using tab = await browser.newPage();
    await tab.page.goto(house.mesh.publicUrl + link);
    await sees(tab.page, server);
    expect(tab.page.url()).not.toMatch(/token|path/);
    const traces = await tab.page.evaluate<string>(
      `JSON.stringify([location.href, document.documentElement.outerHTML, { ...localStorage }, { ...sessionStorage }])`,
    );
    expect(traces).not.toContain(token);
    await tab.page.reload();
    await sees(tab.page, server);
    expect(tab.complaints).toEqual({ errors: [], policyViolations: [] });
  });
});
