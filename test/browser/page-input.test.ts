import { describe, expect, it } from 'vitest';
import { keysOf, middle, usePage } from './open-page.ts';

const { openConsole } = usePage();

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
