import { fileURLToPath } from 'node:url';
import { type SimulatedMachine, startSimulatedMachine } from '@consolemesh/bmc-simulator';
import { type Console, ObservedState } from '@consolemesh/contracts/conductor';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { fingerprint, fingerprintCanvas } from '../harness/canvas.ts';
import type { TestBrowser, TestPage } from '../harness/chromium.ts';
import { type Mesh, startMesh } from '../harness/mesh.ts';
import { createUser, type LinkWish, type User } from '../harness/user.ts';

/** A mesh that shows the page: two proxies behind one address, the VNC driver, one conductor, one token service. */
export interface ConsoleMesh extends AsyncDisposable {
  readonly mesh: Mesh;
  readonly user: User;
  /** Lets the token service's clock run ahead. */
  passTime(ms: number): void;
  /** A simulated machine that waits at its login prompt, with an enabled console. */
  startServer(wish?: ServerWish): Promise<Server>;
  /** A person who follows a link of the conductor until the picture is there. */
  sitDown(browser: TestBrowser, server: Server, wish?: LinkWish): Promise<Person>;
}

export interface ServerWish {
  /** How many sessions it admits; one unless told. */
  readonly places?: number;
  readonly route?: 'direct' | 'relay';
}

/** A machine behind the mesh. */
export interface Server extends AsyncDisposable {
  readonly name: string;
  readonly simulated: SimulatedMachine;
  readonly console: Console;
  /** What the machine shows, as text. */
  text(): string;
}

/** Somebody at a browser of their own. */
export interface Person extends TestPage {
  /** The link that was followed. */
  readonly url: string;
}

const builtPage = fileURLToPath(new URL('../../services/novncproxy/dist/page', import.meta.url));
const password = 'Kx4-zz9q';

/** Starts it. @param allowedOrigins further origins whose pages may open consoles */
export async function startConsoleMesh(allowedOrigins: string[] = []): Promise<ConsoleMesh> {
  let ahead = 0;
  let count = 0;
  const mesh = await startMesh({
    proxies: 2,
    fakeDrivers: 0,
    providers: 0,
    token: { clock: () => Date.now() + ahead },
    proxy: { page: builtPage, allowedOrigins },
  });
  const user = createUser(mesh);
  return {
    mesh,
    user,
    passTime(ms) {
      ahead += ms;
    },
    startServer: (wish) => startServer(user, `rack4-node${++count}`, wish),
    async sitDown(browser, server, wish = {}) {
      const { url } = await user.link(server.name, { subject: 'alice', ...wish });
      const tab = await browser.newPage();
      await tab.page.goto(url);
      await sees(tab.page, server);
      return { ...tab, url };
    },
    [Symbol.asyncDispose]: () => mesh[Symbol.asyncDispose](),
  };
}

async function startServer(user: User, name: string, wish: ServerWish = {}): Promise<Server> {
  const { places = 1, route = 'direct' } = wish;
  const simulated = await startSimulatedMachine({ name, stage: 'console', password });
  try {
    const info = {
      vnc_address: '127.0.0.1',
      vnc_port: `${simulated.address.port}`,
      vnc_security: 'vnc',
      vnc_max_sessions: `${places}`,
    };
    await user.node(name, { driver: 'vnc', info, secrets: { vnc_password: password }, route });
    const console = await user.enable(name);
    if (console.observed !== ObservedState.READY) throw new Error(`not READY: ${console.lastError?.message}`);
    return {
      name,
      simulated,
      console,
      text: () => simulated.machine.screen.text(),
      [Symbol.asyncDispose]: () => simulated[Symbol.asyncDispose](),
    };
  } catch (error) {
    await simulated[Symbol.asyncDispose]();
    throw error;
  }
}

/** Waits until every pixel of the page's canvas is the machine's, whose cursor is lit at that moment. */
export async function sees(page: Page, server: Server, canvas = '#screen canvas'): Promise<void> {
  const looks = async () => {
    const shown = await fingerprintCanvas(page, canvas);
    return shown === fingerprint(server.simulated.picture()) || shown || 'nothing';
  };
  await expect.poll(looks, { timeout: 15_000, interval: 60 }).toBe(true);
}

/** Types a line on the keyboard of the page that has the focus. */
export async function typeLine(page: Page, line: string): Promise<void> {
  await page.keyboard.type(line);
  await page.keyboard.press('Enter');
}

/** Logs in at the machine's prompt. */
export async function logIn(page: Page, server: Server): Promise<void> {
  await typeLine(page, 'root');
  await typeLine(page, '');
  await expect.poll(server.text).toContain('root@');
}
