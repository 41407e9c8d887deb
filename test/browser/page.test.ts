import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, type TestBrowser } from '../harness/chromium.ts';
import { buildPage, type StandIn, startStandIn } from './stand-in.ts';

let browser: TestBrowser;

beforeAll(async () => {
  [browser] = await Promise.all([launchChromium(), buildPage()]);
});
afterAll(() => browser?.[Symbol.asyncDispose]());

/** A tab with its own stand-in server, on the given link. */
async function openLink(link: string, options?: BrowserContextOptions) {
  const standIn: StandIn = await startStandIn();
  const tab = await browser.newPage(options);
  const { page } = tab;
  await page.goto(standIn.url + link);
  return {
    tab,
    page,
    standIn,
    card: page.locator('#card'),
    async [Symbol.asyncDispose]() {
      await tab[Symbol.asyncDispose]();
      await standIn[Symbol.asyncDispose]();
    },
  };
}

/** Opens the page with a token and a console behind it. */
async function openConsole(
  fields: object = {},
  link = '#token=S3cret-token&node=rack4-node7',
  options?: BrowserContextOptions,
) {
  const opened = await openLink(link, options);
  const connection = await opened.standIn.next();
  const rfb = connection.open(fields);
  await connected(opened.page);
  return { ...opened, connection, rfb };
}

async function connected(page: Page): Promise<void> {
  await page.locator('#state[data-tone="ok"]').waitFor();
}

/** Colour in the middle of the picture, as `r,g,b`. */
function middle(page: Page): Promise<string> {
  return page.evaluate<string>(`(() => {
    const canvas = document.querySelector('#screen canvas');
    const pixel = canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data;
    return [...pixel].slice(0, 3).join(',');
  })()`);
}

function keysOf(rfb: { readonly messages: readonly { readonly type: string }[] }): string[] {
  return rfb.messages.flatMap((message) => {
    if (message.type !== 'key') return [];
    const { keysym, down } = message as unknown as { keysym: number; down: boolean };
    return [`${down ? '+' : '-'}${keysym.toString(16)}`];
  });
}

describe('the picture', () => {
  it('appears and changes, under the policy, without a complaint of the browser', async () => {
    await using console = await openConsole();
    await expect.poll(() => middle(console.page)).toBe('32,80,160');
    console.rfb.paint(0xc04020);
    await expect.poll(() => middle(console.page)).toBe('192,64,32');
    expect(console.tab.complaints).toEqual({ errors: [], policyViolations: [] });
    expect(await console.page.title()).toBe('rack4-node7 – Console');
  });

  it('fits the window, or shows true pixels where the operator wants them', async () => {
    await using console = await openConsole();
    const width = () => console.page.evaluate<number>(`document.querySelector('#screen canvas').clientWidth`);
    await expect.poll(width).toBeGreaterThan(320);
    await console.page.click('#picture');
    await console.page.getByLabel('True pixels').check({ force: true });
    await expect.poll(width).toBe(320);
  });

  it('can be saved as a file named after the node', async () => {
    await using console = await openConsole();
    const coming = console.page.waitForEvent('download');
    await console.page.click('#screenshot');
    expect((await coming).suggestedFilename()).toMatch(/^rack4-node7-\d{8}-\d{6}\.png$/);
  });
});

describe('the link', () => {
  it.each([
    ['our own fragment', '#token=S3cret-token&node=rack4-node7'],
    [
      'vnc_auto.html with a path',
      'vnc_auto.html?path=websockify%3Fnode%3Drack4-node7%26token%3DS3cret-token',
    ],
    ['vnc_lite.html with a path', 'vnc_lite.html?path=%3Ftoken%3DS3cret-token&scale=true'],
    ['vnc.html with a token', 'vnc.html?token=S3cret-token'],
  ])('as %s opens the console and leaves no token behind', async (_name, link) => {
    await using console = await openConsole({}, link);
    expect(console.connection.opening).toEqual({ type: 'open', token: 'S3cret-token' });
    const traces = await console.page.evaluate<string>(
      `JSON.stringify([location.href, document.title, document.documentElement.outerHTML, { ...localStorage }, { ...sessionStorage }])`,
    );
    expect(traces).not.toContain('S3cret-token');
    const ofThePage = console.standIn.requests.filter((request) => request.includes('S3cret-token'));
    // The request for the page itself holds what the link's maker put into its query; no later request repeats it.
    expect(ofThePage.every((request) => request.startsWith('/consoles/vnc'))).toBe(true);
    expect(console.standIn.requests.some((request) => request.includes(' '))).toBe(false);
  });

  it('without a token says what to do instead of connecting', async () => {
    await using tab = await openLink('');
    await tab.page.getByRole('heading', { name: 'No console to open' }).waitFor();
    await expect.poll(() => tab.page.locator('#card').textContent()).toContain('Ask for a new link');
    expect(await tab.page.locator('#ctrl-alt-del').getAttribute('aria-disabled')).toBe('true');
  });

  it('pasted into the address bar of an open console opens the other one', async () => {
    await using console = await openConsole();
    await console.page.evaluate(`location.hash = '#token=An0ther-token'`);
    const second = await console.standIn.next();
    expect(second.opening).toEqual({ type: 'open', token: 'An0ther-token' });
    expect(console.page.url()).toBe(console.standIn.url);
  });

  it('that asks not to connect by itself waits for the button', async () => {
    await using tab = await openLink('vnc.html?autoconnect=false&token=S3cret-token');
    await tab.page.getByRole('button', { name: 'Connect', exact: true }).click();
    (await tab.standIn.next()).open();
    await connected(tab.page);
  });
});

describe('keys', () => {
  it('typed on the picture arrive, Tab and Escape included', async () => {
    await using console = await openConsole();
    await console.page.click('#screen canvas');
    await console.page.keyboard.press('a');
    await console.page.keyboard.press('Tab');
    await console.page.keyboard.press('Escape');
    await expect.poll(() => keysOf(console.rfb)).toEqual(['+61', '-61', '+ff09', '-ff09', '+ff1b', '-ff1b']);
  });

  it('of the buttons and the menu are pressed in order and released in the opposite order', async () => {
    await using console = await openConsole();
    await console.page.click('#ctrl-alt-del');
    await expect
      .poll(() => keysOf(console.rfb))
      .toEqual(['+ffe3', '+ffe9', '+ffff', '-ffff', '-ffe9', '-ffe3']);
    await console.page.click('#keys');
    await console.page.getByRole('menuitem', { name: 'Ctrl+Alt+F2,' }).click();
    await console.page.getByRole('menuitem', { name: 'SysRq B' }).click();
    await expect
      .poll(() => keysOf(console.rfb).slice(6))
      .toEqual([
        '+ffe3',
        '+ffe9',
        '+ffbf',
        '-ffbf',
        '-ffe9',
        '-ffe3',
        '+ffe9',
        '+ff15',
        '+62',
        '-62',
        '-ff15',
        '-ffe9',
      ]);
  });

  it('held from the menu stay down until they are let go', async () => {
    await using console = await openConsole();
    await console.page.click('#keys');
    const shift = console.page.getByRole('menuitemcheckbox', { name: 'Shift' });
    await shift.click();
    expect(await shift.getAttribute('aria-checked')).toBe('true');
    await console.page.getByRole('menuitem', { name: 'F2', exact: true }).click();
    await shift.click();
    await expect.poll(() => keysOf(console.rfb)).toEqual(['+ffe1', '+ffbf', '-ffbf', '-ffe1']);
  });

  it('of a text come one by one, and the text is gone afterwards', async () => {
    await using console = await openConsole();
    await console.page.click('#text');
    await console.page.fill('#text-to-type', 'rm -R');
    await console.page.getByLabel('Enter at the end').check();
    await console.page.getByRole('button', { name: 'Send', exact: true }).click();
    await console.page.getByText('Typed 6 characters.').waitFor();
    const pressed = keysOf(console.rfb).filter((key) => key.startsWith('+'));
    expect(pressed).toEqual(['+72', '+6d', '+20', '+2d', '+ffe1', '+52', '+ff0d']);
    expect(await console.page.inputValue('#text-to-type')).toBe('');
  });

  it('of a long text stop when the operator says so', async () => {
    await using console = await openConsole();
    await console.page.click('#text');
    await console.page.fill('#text-to-type', 'x'.repeat(5000));
    await console.page.getByRole('button', { name: 'Send', exact: true }).click();
    await expect.poll(() => keysOf(console.rfb).length).toBeGreaterThan(4);
    await console.page.getByRole('button', { name: 'Stop', exact: true }).click();
    await console.page.getByText(/^Stopped after \d+ characters\.$/).waitFor();
    expect(keysOf(console.rfb).length).toBeLessThan(10_000);
  });
});

describe('clipboard and bell', () => {
  it('text copied on the server is shown, and text is given to it', async () => {
    await using console = await openConsole();
    console.rfb.cutText('from the server');
    await console.page.click('#clipboard');
    await expect.poll(() => console.page.inputValue('#clipboard-text')).toBe('from the server');
    await console.page.fill('#clipboard-text', 'to the server');
    await console.page.getByRole('button', { name: 'Give to the console' }).click();
    await expect.poll(() => console.rfb.messages).toContainEqual({ type: 'cut-text', text: 'to the server' });
  });

  it('a bell flashes the frame of the picture', async () => {
    await using console = await openConsole();
    await console.page.evaluate(`window.rang = new Promise((resolve) =>
      document.querySelector('#stage').addEventListener('animationstart', () => resolve(true), { once: true })); undefined`);
    console.rfb.bell();
    expect(await console.page.evaluate('window.rang')).toBe(true);
  });
});

describe('whoever may only watch', () => {
  it('sees the picture, sends nothing and is told why', async () => {
    await using console = await openConsole({ role: 'view' });
    const { page } = console;
    await expect.poll(() => middle(page)).toBe('32,80,160');
    await page.getByText('View only').waitFor();
    for (const tool of ['ctrl-alt-del', 'keys', 'text', 'clipboard']) {
      expect(await page.locator(`#${tool}`).getAttribute('aria-disabled'), tool).toBe('true');
    }
    await page.locator('#keys').click({ force: true });
    await page.getByText('Your link lets you watch only.').waitFor();
    expect(await page.locator('#key-menu').isVisible()).toBe(false);
    await page.click('#screen canvas');
    await page.keyboard.press('a');
    await page.locator('#ctrl-alt-del').click({ force: true });
    // A repaint that arrives shows that everything sent before it would have arrived, too.
    console.rfb.paint(0x00ff00);
    await expect.poll(() => middle(page)).toBe('0,255,0');
    expect(console.rfb.messages.filter(({ type }) => type === 'key' || type === 'pointer')).toEqual([]);
  });

  it('by choice may change it back', async () => {
    await using console = await openConsole({}, 'vnc.html?token=S3cret-token&view_only=true');
    await console.page.getByText('View only').waitFor();
    await console.page.click('#picture');
    await console.page.getByLabel('Watch only').uncheck();
    await console.page.keyboard.press('Escape');
    await console.page.click('#ctrl-alt-del');
    await expect.poll(() => keysOf(console.rfb).length).toBe(6);
  });
});

describe('the head', () => {
  const widths = [700, 761, 800, 880, 960, 1280];
  const badges = [
    ['view only', { role: 'view' }],
    ['view only over unverified TLS', { role: 'view', unverifiedTls: true }],
  ] as const;
  const cases = widths.flatMap((width) => badges.map(([name, fields]) => ({ width, name, fields })));

  it.each(cases)(
    '$width wide shows the badges of $name whole and beside the tools',
    async ({ width, fields }) => {
      const viewport = { width, height: 600 };
      await using console = await openConsole(fields, undefined, { viewport });
      const badge = console.page.locator('.badge').last();
      await badge.waitFor();
      const overlaps = await console.page.evaluate<string[]>(`(() => {
      const box = (one) => one.getBoundingClientRect();
      const identity = document.querySelector('#identity');
      const badges = [...document.querySelectorAll('.badge')];
      const outside = badges.filter((one) => box(one).left < 0 || box(one).right > box(identity).right + 0.5);
      const blocks = [...document.querySelectorAll('#node, #state, .badge, #tools')].map((one) => [one, box(one)]);
      const crossing = blocks.flatMap(([one, a], at) => blocks.slice(at + 1).filter(([, b]) =>
        a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).map(([other]) => [one, other]));
      return [...outside, ...crossing.flat()].map((one) => one.id || one.textContent);
    })()`);
      expect(overlaps).toEqual([]);
      expect(await console.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      // The name of the node and the state do not give way altogether.
      expect((await console.page.locator('#node').boundingBox())!.width).toBeGreaterThan(40);
      if (!('unverifiedTls' in fields)) {
        const word = await console.page.evaluate<{ width: number; clipPath: string }>(`(() => {
        const one = document.querySelector('.badge > span');
        return { width: one.offsetWidth, clipPath: getComputedStyle(one).clipPath };
      })()`);
        expect(word.width).toBeGreaterThan(40);
        expect(word.clipPath).toBe('none');
      }
    },
  );

  it('keeps its tools where they are while the state changes', async () => {
    const viewport = { width: 1280, height: 600 };
    await using link = await openLink('#token=S3cret-token&node=demo-1', { viewport });
    const { page } = link;
    const tools = () =>
      page.evaluate<string>(
        `[...document.querySelectorAll('#tools button')].map((one) => one.getBoundingClientRect().left).join()`,
      );
    const connection = await link.standIn.next();
    const connecting = await tools();
    connection.open({ node: 'demo-1' });
    await connected(page);
    expect(await tools()).toBe(connecting);
    const again = link.standIn.next();
    connection.close('DRAINING', { canResume: true });
    await page.getByText('Reconnecting', { exact: true }).waitFor();
    expect(await tools()).toBe(connecting);
    (await again).open({ node: 'demo-1' });
    await connected(page);
    (await again).close('UPSTREAM_CLOSED');
    await page.getByText('Not connected', { exact: true }).waitFor();
    expect(await tools()).toBe(connecting);
  });
});

describe('the keyboard alone', () => {
  it('leaves the console with Ctrl+Alt+Shift, works the tools, and comes back', async () => {
    await using console = await openConsole();
    const { page } = console;
    const focused = () =>
      page.evaluate<string>('document.activeElement.id || document.activeElement.tagName');
    await expect.poll(focused).toBe('CANVAS');
    await page.keyboard.down('Control');
    await page.keyboard.down('Alt');
    await page.keyboard.down('Shift');
    await expect.poll(focused).toBe('ctrl-alt-del');
    for (const key of ['Shift', 'Alt', 'Control']) await page.keyboard.up(key);
    // The server does not keep what was pressed on the way out.
    await expect.poll(() => keysOf(console.rfb).toSorted()).toEqual(['+ffe3', '+ffe9', '-ffe3', '-ffe9']);
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe('keys');
    await page.keyboard.press('Enter');
    await page.getByRole('menu').waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('Escape');
    expect(await page.getByRole('menu').isVisible()).toBe(false);
    expect(await focused()).toBe('keys');
    for (let tabs = 0; tabs < 20 && (await focused()) !== 'CANVAS'; tabs += 1)
      await page.keyboard.press('Tab');
    expect(await focused()).toBe('CANVAS');
    await page.keyboard.press('z');
    await expect.poll(() => keysOf(console.rfb).at(-1)).toBe('-7a');
  });

  it('finds facts only in the help', async () => {
    await using console = await openConsole();
    const facts = () => console.page.locator('#about-panel .facts').first().textContent();
    expect(await facts()).toContain('watch and control');
    expect(await facts()).not.toContain('Path to server');
    await using other = await openConsole({ unverifiedTls: true });
    expect(await other.page.locator('#about-panel .facts').first().textContent()).toContain(
      'Path to serverTLS, certificate not verified',
    );
  });

  it('finds a name on every control', async () => {
    await using console = await openConsole();
    const nameless = await console.page.evaluate<
      string[]
    >(`[...document.querySelectorAll('button, input, textarea, select, a')]
      .filter((one) => !(one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.length))
      .map((one) => one.outerHTML)`);
    expect(nameless).toEqual([]);
  });
});

describe('a console in use', () => {
  async function openInUse(fields: object) {
    const opened = await openLink('#token=S3cret-token&node=rack4-node7');
    const connection = await opened.standIn.next();
    const since = new Date(Date.now() - 12 * 60_000).toISOString();
    connection.tell({
      type: 'in-use',
      subject: 'bob@example.org',
      since,
      resume: 'ticket-in-use',
      ...fields,
    });
    await opened.card.getByText('in use by bob@example.org since').waitFor();
    return { ...opened, connection };
  }

  it('is told with who and since when, and taken over with a button', async () => {
    await using console = await openInUse({ mayTakeOver: true });
    expect(await console.page.locator('#card').textContent()).toContain('12 minutes ago');
    await console.page.getByRole('button', { name: 'Take over' }).click();
    expect(await console.connection.next()).toEqual({ type: 'take-over' });
    console.connection.open();
    await connected(console.page);
  });

  it('offers no take-over to those who may not', async () => {
    await using console = await openInUse({ mayTakeOver: false });
    expect(await console.page.getByRole('button', { name: 'Take over' }).count()).toBe(0);
    await console.page.getByRole('button', { name: 'Try again' }).click();
    expect(await console.connection.next()).toEqual({ type: 'retry' });
  });

  it('can still be taken over after the proxy stopped waiting', async () => {
    await using console = await openInUse({ mayTakeOver: true });
    console.connection.cut();
    const coming = console.standIn.next();
    await expect.poll(() => console.connection.closed).toBe(true);
    await console.page.getByRole('button', { name: 'Take over' }).click();
    const again = await coming;
    expect(again.opening).toEqual({ type: 'open', resume: 'ticket-in-use', takeOver: true });
    again.open();
    await connected(console.page);
  });
});

describe('an end', () => {
  it.each([
    ['TOKEN_EXPIRED', 'The link ran out at noon.', 'The link has expired', false],
    ['CONSOLE_DISABLED', 'Somebody disabled the console.', 'The console was disabled', false],
    ['UPSTREAM_CLOSED', 'The BMC hung up.', 'The server closed the console', true],
    ['SESSION_TAKEN_OVER', 'bob@example.org took the console over.', 'Somebody took the console over', true],
    ['SOMETHING_NEW', 'A reason of a later version.', 'The console was closed', true],
  ])('for %s is told in the words of the server', async (reason, message, title, again) => {
    await using console = await openConsole();
    console.connection.close(reason, { message });
    await console.page.getByRole('heading', { name: title }).waitFor();
    expect(await console.page.locator('#card').textContent()).toContain(message);
    expect(await console.page.getByRole('button', { name: 'Reconnect' }).count()).toBe(again ? 1 : 0);
    expect(console.tab.complaints.errors).toEqual([]);
  });

  it('before the console was ever open does not say that it was closed', async () => {
    await using link = await openLink('#token=S3cret-token&node=rack4-node7');
    (await link.standIn.next()).close('BMC_REFUSED');
    await link.page.getByRole('heading', { name: 'The server refuses the connection' }).waitFor();
    const coming = link.standIn.next();
    await link.page.getByRole('button', { name: 'Try again' }).click();
    const again = await coming;
    again.open();
    await connected(link.page);
    again.close('OF_A_LATER_VERSION');
    await link.page.getByRole('heading', { name: 'The console was closed' }).waitFor();
    const last = link.standIn.next();
    await link.page.getByRole('button', { name: 'Reconnect' }).click();
    (await last).close('OF_A_LATER_VERSION');
    await link.page.getByRole('heading', { name: 'The console could not be opened' }).waitFor();
  });

  it.each([
    ['the picture', '#screen canvas'],
    ['a tool', '#about'],
  ])('gives the focus of %s to the button that helps', async (_name, selector) => {
    await using console = await openConsole();
    await console.page.focus(selector);
    console.connection.close('UPSTREAM_CLOSED');
    await console.page.getByRole('button', { name: 'Reconnect' }).waitFor();
    const focused = () => console.page.evaluate<string>('document.activeElement.textContent');
    await expect.poll(focused).toBe('Reconnect');
    // A change of preferences afterwards does not take it again.
    await console.page.click('#picture');
    await console.page.getByLabel('Watch only').check();
    expect(await console.page.evaluate('document.activeElement.type')).toBe('checkbox');
  });

  it('that leaves nothing to press gives the focus to its words', async () => {
    await using console = await openConsole();
    console.connection.close('TOKEN_REVOKED');
    await console.page.getByRole('heading', { name: 'The access was revoked' }).waitFor();
    expect(await console.page.evaluate('document.activeElement.id')).toBe('card');
  });

  it('without words of the server has words of our own', async () => {
    await using console = await openConsole();
    console.connection.close('SESSION_EXPIRED');
    await console.card.getByText('The session has reached its longest duration.').waitFor();
  });

  it('can be followed by a new start, with the token where the ticket died with the session', async () => {
    await using console = await openConsole();
    console.connection.close('UPSTREAM_CLOSED', { message: 'The BMC hung up.' });
    const first = console.standIn.next();
    await console.page.getByRole('button', { name: 'Reconnect' }).click();
    const second = console.standIn.next();
    (await first).close('RESUME_INVALID');
    expect((await second).opening).toEqual({ type: 'open', token: 'S3cret-token' });
    (await second).open();
    await connected(console.page);
  });

  it('by the operator is final until asked otherwise', async () => {
    await using console = await openConsole();
    await console.page.click('#disconnect');
    await console.page.getByRole('heading', { name: 'Disconnected' }).waitFor();
    await expect.poll(() => console.connection.closed).toBe(true);
    expect(await console.page.evaluate(`sessionStorage.getItem('consolemesh.resume')`)).toBeNull();
    expect(console.tab.complaints.errors).toEqual([]);
  });
});

describe('coming back', () => {
  it('happens by itself when the socket dies', async () => {
    await using console = await openConsole();
    const ticket = await console.page.evaluate<string>(`sessionStorage.getItem('consolemesh.resume')`);
    const coming = console.standIn.next();
    console.connection.cut();
    await console.page.getByRole('heading', { name: 'Reconnecting to rack4-node7' }).waitFor();
    const again = await coming;
    expect(again.opening).toEqual({ type: 'open', resume: ticket });
    const rfb = again.open();
    rfb.paint(0x123456);
    await connected(console.page);
    await expect.poll(() => middle(console.page)).toBe('18,52,86');
    expect(await console.page.locator('#still').isVisible()).toBe(false);
  });

  it('happens by itself when the server asks for it, and again when the first attempt fails', async () => {
    await using console = await openConsole();
    const first = console.standIn.next();
    console.connection.tell({ type: 'resume', resume: 'rotated' });
    console.connection.close('DRAINING', { message: 'This proxy restarts.', canResume: true });
    await console.card.getByText('This proxy restarts.').waitFor();
    const failed = await first;
    expect(failed.opening.resume).toBe('rotated');
    const second = console.standIn.next();
    failed.cut();
    expect((await second).opening.resume).toBe('rotated');
    (await second).open();
    await connected(console.page);
  });

  it('can be stopped', async () => {
    await using console = await openConsole();
    console.connection.close('DRAINING', { message: 'Later.', canResume: true, retryAfterMs: 30_000 });
    await console.card.getByText(/Next attempt in (29|30) s/).waitFor();
    await console.page.getByRole('button', { name: 'Stop' }).click();
    await console.card.getByText('You stopped reconnecting.').waitFor();
  });

  it('works after a reload, with the ticket and no token', async () => {
    await using console = await openConsole({ resume: 'for-the-reload' });
    const coming = console.standIn.next();
    await console.page.reload();
    const again = await coming;
    expect(again.opening).toEqual({ type: 'open', resume: 'for-the-reload' });
    again.open();
    await connected(console.page);
  });

  it('in a duplicated tab waits for the operator, and then leaves the first one', async () => {
    await using console = await openConsole({ resume: 'shared-ticket' });
    const copied = await console.page.evaluate<string>('JSON.stringify({ ...sessionStorage })');
    const copy = await console.tab.newTab();
    await copy.addInitScript(`Object.assign(sessionStorage, ${copied})`);
    await copy.goto(console.standIn.url);
    await copy.getByRole('heading', { name: 'Already open in another tab' }).waitFor();
    const coming = console.standIn.next();
    await copy.getByRole('button', { name: 'Continue here' }).click();
    expect((await coming).opening).toEqual({ type: 'open', resume: 'shared-ticket' });
    await console.page.getByRole('heading', { name: 'Moved to another tab' }).waitFor();
    (await coming).close('RESUME_INVALID', { message: 'This ticket was used before.' });
    await copy.locator('#card').getByText('This ticket was used before.').waitFor();
  });
});

describe('what the operator likes', () => {
  it('is remembered, and nothing else is', async () => {
    await using console = await openConsole();
    await console.page.click('#fold');
    expect(await console.page.locator('#header').isVisible()).toBe(false);
    const coming = console.standIn.next();
    await console.page.reload();
    (await coming).open();
    await console.page.locator('#unfold').waitFor();
    expect(await console.page.locator('#header').isVisible()).toBe(false);
    expect(await console.page.evaluate('Object.keys(localStorage).join()')).toBe('consolemesh.preferences');
    await console.page.click('#unfold');
    expect(await console.page.locator('#header').isVisible()).toBe(true);
  });
});

describe('a notice', () => {
  it('of the server is shown until it is dismissed', async () => {
    await using console = await openConsole();
    console.connection.tell({
      type: 'notice',
      reason: 'CONSOLE_DISABLED',
      message: 'The console will be disabled in 5 minutes.',
    });
    const notice = console.page.getByText('The console will be disabled in 5 minutes.');
    await notice.waitFor();
    await console.page.getByRole('button', { name: 'Dismiss' }).click();
    expect(await notice.count()).toBe(0);
  });
});

describe('a phone', () => {
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

  it('shows its own keyboard, whose text and keys arrive', async () => {
    await using console = await openConsole({}, undefined, phone);
    await console.page.tap('#touch');
    await console.page.locator('#strip').waitFor();
    await console.page.keyboard.insertText('Hi');
    await console.page.keyboard.press('Backspace');
    await console.page.locator('#strip').getByRole('button', { name: 'Up' }).tap();
    await console.page.keyboard.insertText('!');
    await expect
      .poll(() => keysOf(console.rfb).filter((key) => key.startsWith('+')))
      .toEqual(['+ffe1', '+48', '+69', '+ff08', '+ff52', '+ffe1', '+21']);
  });

  it('has the tools and the picture inside its width, and targets that a finger hits', async () => {
    await using console = await openConsole({ role: 'view', unverifiedTls: true }, undefined, phone);
    expect(await console.page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    const smallest = await console.page.evaluate<number>(
      `Math.min(...[...document.querySelectorAll('#tools button')].filter((one) => one.checkVisibility())
        .map((one) => Math.min(one.offsetWidth, one.offsetHeight)))`,
    );
    expect(smallest).toBeGreaterThanOrEqual(44);
  });
});
