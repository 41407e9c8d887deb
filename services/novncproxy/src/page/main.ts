import {
  byId,
  clearToasts,
  closeMenu,
  createAboutPanel,
  createBell,
  createController,
  createKeyMenu,
  createOverlay,
  createToasts,
  fitHeader,
  listenToPage,
  openPreferences,
  openTickets,
  readPageUrl,
  type Snapshot,
  saveFile,
  sessionEndpoint,
  showIdentity,
  showStatistics,
  stateInShort,
  toggleFullScreen,
  type UrlOptions,
  viewOf,
  watchTwin,
} from '@consolemesh/proxy/page';
import { ctrlAltDel, keyGroups, type SendKey } from './keys.ts';
import { createHeldModifiers } from './modifiers.ts';
import { createClipboardPanel } from './panels/clipboard-panel.ts';
import { createPicturePanel } from './panels/picture-panel.ts';
import { createTextPanel } from './panels/text-panel.ts';
import { type Preferences, preferences as schema } from './preferences.ts';
import type { Screen } from './screen.ts';
import { createStill } from './still.ts';
import { createToolbar } from './toolbar.ts';
import { createTouchKeyboard } from './touch-keyboard.ts';

// Before anything else: no request, no history entry and no look at the address bar may show the token.
const pageUrl = readPageUrl(location.href);
history.replaceState(null, '', pageUrl.cleanUrl);

const still = createStill();
const toast = createToasts(byId('toasts'));
let wasConnected = false;
let watchOnly = pageUrl.options.viewOnly ?? false;

const preferences = openPreferences(
  schema,
  () => localStorage,
  preferencesOfLink(pageUrl.options),
  applyPreferences,
);
const twin = watchTwin(
  () => sessionStorage,
  () => ['connected', 'connecting', 'resuming', 'in-use'].includes(controller.now.state.kind),
  () => controller.giveUp(),
);
const bell = createBell(byId('stage'), () => preferences.get().bell);
const controller = createController<Screen>({
  url: pageUrl,
  endpoint: sessionEndpoint(pageUrl.cleanUrl),
  tickets: openTickets(() => sessionStorage),
  twin: () => twin,
  // Apart, so that the address is clean and the socket opens while noVNC still loads.
  async load() {
    const { startScreen } = await import('./screen.ts');
    return ({ opened, channel, node }, tell) =>
      startScreen(
        {
          ...{ target: byId('screen'), channel, node },
          shared: pageUrl.options.shared ?? true,
          viewOnly: opened.role === 'view' || watchOnly,
          preferences: preferences.get(),
        },
        {
          ...tell,
          bell,
          clipboard: (text) => clipboardPanel.received(text),
          clipping: (clipping) => toolbar.setClipping(clipping),
        },
      );
  },
  changed: show,
  notice: (message) => toast(message, { stays: true }),
  leaving: ({ canvas }) => still.keep(canvas),
});

const send: SendKey = (keysym, code, down) => controller.now.screen?.sendKey(keysym, code, down);
const held = createHeldModifiers(send);
const overlay = createOverlay((action) => controller.act(action));
const textPanel = createTextPanel(send, preferences);
const clipboardPanel = createClipboardPanel((text) => controller.now.screen?.pasteClipboard(text));
const aboutPanel = createAboutPanel({
  keys: [
    ['Ctrl+Alt+Shift', 'from the console to the tools'],
    ['Tab', 'through the tools and back to the console'],
    ['← →', 'along the tools'],
    ['Esc', 'close a menu'],
    ['Ctrl+Enter', 'send the text to type'],
  ],
  credit: 'consolemesh shows the picture with noVNC (MPL-2.0).',
});
const picturePanel = createPicturePanel(preferences, (only) => {
  watchOnly = only;
  show(controller.now);
});
const touchKeyboard = createTouchKeyboard(byId('strip'), held.buttons(), send, (shown) =>
  toolbar.setTouchKeyboard(shown),
);
const toolbar = createToolbar(
  {
    ctrlAltDel: () => controller.now.screen?.press(ctrlAltDel),
    fullScreen: () => void toggleFullScreen(toast),
    screenshot: () => void saveScreenshot(),
    touchKeyboard: touchKeyboard.toggle,
    drag: (on) => controller.now.screen?.setDragging(on),
    disconnect: controller.disconnect,
    collapse: (collapsed) => preferences.change({ collapsed }),
    pointerDone: () => byId('strip').hidden && controller.now.screen?.focus(),
    explain: toast,
  },
  {
    keys: createKeyMenu(
      keyGroups,
      (combination) => controller.now.screen?.press(combination),
      held.buttons('menuitemcheckbox'),
    ),
    text: textPanel.panel,
    clipboard: clipboardPanel.panel,
    picture: picturePanel.panel,
    about: aboutPanel.panel,
  },
);

applyPreferences(preferences.get());
listenToPage({
  toTools() {
    preferences.change({ collapsed: false });
    toolbar.focus();
  },
  online: controller.tryNow,
  fullScreen: toolbar.setFullScreen,
});
fitHeader(byId('header'), byId('identity'));
showStatistics(byId('statistics'), () => {
  const { session, screen, state } = controller.now;
  return session && screen && state.kind === 'connected'
    ? { traffic: session.traffic, size: screen.size() }
    : undefined;
});
void controller.start();

/** The one place that carries the state to everything that shows it. */
function show(now: Snapshot<Screen>): void {
  const { state, opened, screen, node } = now;
  const connected = state.kind === 'connected';
  const byRole = opened?.role === 'view';
  const whyNoInput = !connected
    ? 'Not connected.'
    : byRole
      ? 'Your link lets you watch only.'
      : watchOnly
        ? 'You chose to watch only (see Picture).'
        : undefined;
  screen?.setViewOnly(byRole || watchOnly);
  toolbar.allow({ input: whyNoInput, screen: connected ? undefined : 'Not connected.' });
  picturePanel.show(preferences.get(), byRole ? 'by-role' : watchOnly ? 'by-choice' : 'no');
  aboutPanel.show(connected ? opened : undefined);
  document.documentElement.classList.toggle('watching', connected && whyNoInput !== undefined);
  showIdentity({
    node,
    ...stateInShort(state.kind),
    watching: opened !== undefined && (byRole || watchOnly),
    unverifiedTls: opened?.unverifiedTls ?? false,
  });
  if (!connected) {
    // Once: whoever opens a panel afterwards keeps it.
    if (wasConnected) closeMenu();
    textPanel.stop();
    held.release();
    touchKeyboard.hide();
    toolbar.setClipping(false);
  }
  if (state.kind === 'connected' || state.kind === 'ended') still.hide();
  if (state.kind === 'ended') {
    clipboardPanel.clear();
    clearToasts(byId('toasts'));
  }
  wasConnected = connected;
  overlay.show(viewOf(state, node));
  if (connected && (document.activeElement === document.body || document.activeElement === null))
    screen?.focus();
}

function applyPreferences(now: Preferences): void {
  document.documentElement.dataset.theme = now.theme;
  toolbar.setCollapsed(now.collapsed);
  const { screen, opened } = controller.now;
  screen?.apply(now);
  picturePanel.show(now, opened?.role === 'view' ? 'by-role' : watchOnly ? 'by-choice' : 'no');
}

function preferencesOfLink(options: UrlOptions): Partial<Preferences> {
  const { scaling, quality, compression, showDot, bell: wanted } = options;
  return {
    ...(scaling === undefined ? {} : { scaling }),
    ...(quality === undefined ? {} : { quality }),
    ...(compression === undefined ? {} : { compression }),
    ...(showDot === undefined ? {} : { dot: showDot }),
    ...(wanted === undefined ? {} : { bell: wanted ? 'sound' : 'off' }),
  };
}

async function saveScreenshot(): Promise<void> {
  const { screen, node } = controller.now;
  try {
    if (screen) saveFile(await screen.screenshot(), node, 'png');
  } catch {
    toast('There is no picture to save yet.');
  }
}
