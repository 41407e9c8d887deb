import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { FakeMachine } from '@consolemesh/bmc-driver-fake';
import {
  ConsoleServiceDefinition,
  type Node,
  NodeServiceDefinition,
  ObservedState,
} from '@consolemesh/contracts/conductor';
import { ConsoleKind, Role } from '@consolemesh/contracts/types';
import { toDuration } from '@consolemesh/mesh';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { TestBrowser, TestPage } from '../harness/chromium.ts';
import { type Mesh, startMesh } from '../harness/mesh.ts';
import { terminalText } from '../harness/terminal-text.ts';

/** A mesh that shows serial consoles: two serial proxies behind one address, the fake driver, one conductor, one token service. */
export interface SerialMesh extends AsyncDisposable {
  readonly mesh: Mesh;
  readonly consoles: ReturnType<typeof clientsOf>['consoles'];
  /** A machine whose serial console is enabled. */
  startServer(info?: Readonly<Record<string, string>>): Promise<SerialServer>;
  /** A link of the conductor. */
  link(server: SerialServer, subject: string, role?: 'control' | 'view'): Promise<string>;
  /** A person who follows a link until the terminal is connected. */
  sitDown(
    browser: TestBrowser,
    server: SerialServer,
    subject: string,
    options?: { role?: 'control' | 'view'; context?: BrowserContextOptions },
  ): Promise<TestPage>;
}

/** A machine behind the mesh. */
export interface SerialServer {
  readonly name: string;
  readonly nodeId: string;
  /** Its line, which says back what is typed. */
  line(): FakeMachine['line'];
}

const built = fileURLToPath(new URL('../../services/serialproxy/dist/page', import.meta.url));
const builder = fileURLToPath(new URL('../../services/serialproxy/build-page.mjs', import.meta.url));
const kind = ConsoleKind.SERIAL;

/** Builds the page and starts the mesh. `consoleLogs`: a folder for what consoles with `console_log` say. */
export async function startSerialMesh({ consoleLogs }: { consoleLogs?: string } = {}): Promise<SerialMesh> {
  await promisify(execFile)(process.execPath, [builder]);
  const mesh = await startMesh({
    ...{ proxies: 0, serialproxies: 2, vncDrivers: 0, providers: 0 },
    serialproxy: { page: built },
    fakeConsoleLogs: consoleLogs,
  });
  const { nodes, consoles } = clientsOf(mesh);
  const link: SerialMesh['link'] = async (server, subject, role = 'control') => {
    const wish = {
      role: role === 'view' ? Role.VIEW : Role.CONTROL,
      subject,
      singleUse: false,
      ttl: undefined,
    };
    return (await consoles.createConsoleUrl({ node: server.name, kind, ...wish })).url;
  };
  let count = 0;
  return {
    mesh,
    consoles,
    link,
    async startServer(info = {}) {
      const name = `rack7-node${++count}`;
      const { node } = await nodes.createNode({
        node: {
          name,
          interfaces: { graphical: 'none', serial: 'fake', power: 'none' },
          driverInfo: { fake_endpoint: 'relay', fake_max_sessions: '16', ...info },
          driverSecrets: {},
        } as Partial<Node> as Node,
      });
      const signal = AbortSignal.timeout(25_000);
      const enabled = await consoles.enableConsole(
        { node: name, kind, wait: toDuration(20_000) },
        { signal },
      );
      if (enabled.console?.observed !== ObservedState.READY)
        throw new Error(`not READY: ${enabled.console?.lastError?.message}`);
      const nodeId = node!.id;
      return { name, nodeId, line: () => mesh.machines.get(nodeId)!.line };
    },
    async sitDown(browser, server, subject, { role, context } = {}) {
      const tab = await browser.newPage(context);
      await tab.page.goto(await link(server, subject, role));
      await connected(tab.page);
      return tab;
    },
    [Symbol.asyncDispose]: () => mesh[Symbol.asyncDispose](),
  };
}

function clientsOf(mesh: Mesh) {
  const connection = mesh.connect(mesh.conductorTarget);
  return {
    nodes: connection.client(NodeServiceDefinition),
    consoles: connection.client(ConsoleServiceDefinition),
  };
}

/** Waits until the page says that it is connected. */
export async function connected(page: Page): Promise<void> {
  await page.locator('#state[data-tone="ok"]').waitFor();
}

/** Waits until the terminal shows something. */
export async function shows(page: Page, text: string | RegExp): Promise<void> {
  await expect.poll(() => terminalText(page)).toMatch(text);
}

/** Types on the keyboard of a page whose terminal has the focus. */
export async function type(page: Page, text: string): Promise<void> {
  await page.locator('#screen .xterm-helper-textarea').focus();
  await page.keyboard.type(text);
}
