import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { launchChromium, type TestBrowser } from '../harness/chromium.ts';
import { buildPage, type StandIn, startStandIn } from './stand-in.ts';

/** The page of the graphical proxy, built, in a Chromium that lives as long as the suite which calls this. */
export function usePage() {
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

  return { openLink, openConsole };
}

/** Waits until the page says that it is connected. */
export async function connected(page: Page): Promise<void> {
  await page.locator('#state[data-tone="ok"]').waitFor();
}

/** Colour in the middle of the picture, as `r,g,b`. */
export function middle(page: Page): Promise<string> {
  return page.evaluate<string>(`(() => {
    const canvas = document.querySelector('#screen canvas');
    const pixel = canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data;
    return [...pixel].slice(0, 3).join(',');
  })()`);
}

/** Keys that came to the server, `+` and `-` with the keysym in hexadecimal. */
export function keysOf(rfb: { readonly messages: readonly { readonly type: string }[] }): string[] {
  return rfb.messages.flatMap((message) => {
    if (message.type !== 'key') return [];
    const { keysym, down } = message as unknown as { keysym: number; down: boolean };
    return [`${down ? '+' : '-'}${keysym.toString(16)}`];
  });
}
