import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** What a page complained about: script errors, `console.error`, violations of the content security policy, failed requests. */
export interface Complaints {
  readonly errors: string[];
  readonly policyViolations: string[];
}

/** A page of the test browser. */
export interface TestPage extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly complaints: Complaints;
  /** Another tab of the same context, watched alike. */
  newTab(): Promise<Page>;
  /** Saves what is to be seen as `test/artifacts/<name>.png`. */
  screenshot(name: string): Promise<string>;
}

/** One headless Chromium; each page has a context, and so storage and cookies, of its own. */
export interface TestBrowser extends AsyncDisposable {
  newPage(options?: BrowserContextOptions): Promise<TestPage>;
}

/** Where the tests leave pictures. */
export const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url));

const executablePath = process.env.CONSOLEMESH_TEST_CHROMIUM ?? '/usr/bin/chromium';

/** Starts the system's Chromium with a new profile; nothing is downloaded and nothing phones home. */
export async function launchChromium(): Promise<TestBrowser> {
  const scratch = await mkdtemp(join(tmpdir(), 'consolemesh-chromium-'));
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    downloadsPath: scratch,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return {
    newPage: async (options) => openPage(await browser.newContext(options)),
    async [Symbol.asyncDispose]() {
      await browser.close();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

/** A page that does not get there in this time, milliseconds, never will. */
const patience = 10_000;

async function openPage(context: BrowserContext): Promise<TestPage> {
  context.setDefaultTimeout(patience);
  const complaints: Complaints = { errors: [], policyViolations: [] };
  const newTab = async () => {
    const page = await context.newPage();
    await watch(page, complaints);
    return page;
  };
  const page = await newTab();
  return {
    page,
    context,
    complaints,
    newTab,
    async screenshot(name) {
      await mkdir(artifacts, { recursive: true });
      const path = join(artifacts, `${name}.png`);
      // What is under way, such as a card that slides in, is shown at its end.
      await page.screenshot({ path, animations: 'disabled' });
      return path;
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}

async function watch(page: Page, { errors, policyViolations }: Complaints): Promise<void> {
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    const text = message.text();
    (/Content Security Policy/i.test(text) ? policyViolations : errors).push(text);
  });
  // The event also tells of violations that a browser does not print. It must be listened to before the page's first script.
  await page.exposeFunction('tellPolicyViolation', (what: string) => policyViolations.push(what));
  await page.addInitScript(
    `addEventListener('securitypolicyviolation', (event) => tellPolicyViolation(event.violatedDirective + ' ' + event.blockedURI))`,
  );
}
