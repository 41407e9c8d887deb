import { describe, expect, it } from 'vitest';
import { connected, middle, usePage } from './open-page.ts';

const { openConsole, openLink } = usePage();

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
    await expect.poll(() => console.page.url()).toBe(console.standIn.url);
  });

  it('that asks not to connect by itself waits for the button', async () => {
    await using tab = await openLink('vnc.html?autoconnect=false&token=S3cret-token');
    await tab.page.getByRole('button', { name: 'Connect', exact: true }).click();
    (await tab.standIn.next()).open();
    await connected(tab.page);
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
