import { describe, expect, it } from 'vitest';
import { connected, middle, usePage } from './open-page.ts';

const { openConsole, openLink } = usePage();

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
