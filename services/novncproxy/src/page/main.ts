import { createBell } from './bell.ts';
import { createController, type Snapshot } from './controller.ts';
import { byId } from './dom.ts';
import { fitHeader } from './fit-header.ts';
import { toggleFullScreen } from './full-screen.ts';
import { showIdentity } from './identity.ts';
import { ctrlAltDel, type SendKey } from './keys.ts';
import { closeMenu } from './menu.ts';
import { createHeldModifiers } from './modifiers.ts';
import { createOverlay } from './overlay.ts';
import { createAboutPanel } from './panels/about-panel.ts';
import { createClipboardPanel } from './panels/clipboard-panel.ts';
import { createKeyMenu } from './panels/key-menu.ts';
import { createPicturePanel } from './panels/picture-panel.ts';
import { createTextPanel } from './panels/text-panel.ts';
import { openPreferences, type Preferences } from './preferences.ts';
import { savePicture } from './screenshot.ts';
import { viewOf } from './states.ts';
import { describeTraffic, type Sample } from './statistics.ts';
import { createStill } from './still.ts';
import { watchTwin } from './tab-twin.ts';
import { openTickets } from './tickets.ts';
import { clearToasts, createToasts } from './toasts.ts';
import { createToolbar } from './toolbar.ts';
import { createTouchKeyboard } from './touch-keyboard.ts';
import { readPageUrl, type UrlOptions } from './url-token.ts';

// Before anything else: no request, no history entry and no look at the address bar may show the token.
const pageUrl = readPageUrl(location.href);
history.replaceState(null, '', pageUrl.cleanUrl);

const still = createStill();
const toast = createToasts(byId('toasts'));
let wasConnected = false;
let watchOnly = pageUrl.options.viewOnly ?? false;

const preferences = openPreferences(() => localStorage, preferencesOfLink(pageUrl.options), applyPreferences);
const twin = watchTwin(
  () => sessionStorage,
  () => ['connected', 'connecting', 'resuming', 'in-use'].includes(controller.now.state.kind),
  () => controller.giveUp(),
);
const bell = createBell(byId('stage'), () => preferences.get().bell);
const controller = createController({
  url: pageUrl,
  endpoint: sessionEndpoint(),
  tickets: openTickets(() => sessionStorage),
  twin: () => twin,
  // Apart, so that the address is clean and the socket opens while noVNC still loads.
  loadScreen: () => import('./screen.ts'),
  target: byId('screen'),
  preferences: preferences.get,
  watchOnly: () => watchOnly,
  changed: show,
  notice: (message) => toast(message, { stays: true }),
  keepStill: still.keep,
  screenEvents: {
    bell,
    clipboard: (text) => clipboardPanel.received(text),
    clipping: (clipping) => toolbar.setClipping(clipping),
  },
});

const send: SendKey = (keysym, code, down) => controller.now.screen?.sendKey(keysym, code, down);
const held = createHeldModifiers(send);
const overlay = createOverlay((action) => controller.act(action));
const textPanel = createTextPanel(send, preferences);
const clipboardPanel = createClipboardPanel((text) => controller.now.screen?.pasteClipboard(text));
const aboutPanel = createAboutPanel();
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
    keys: createKeyMenu(held.buttons('menuitemcheckbox'), (combination) =>
      controller.now.screen?.press(combination),
    ),
    text: textPanel.panel,
    clipboard: clipboardPanel.panel,
    picture: picturePanel.panel,
    about: aboutPanel.panel,
  },
);

applyPreferences(preferences.get());
listenToPage();
fitHeader(byId('header'), byId('identity'));
setInterval(showStatistics, 1000);
void controller.start();

/** The one place that carries the state to everything that shows it. */
function show(now: Snapshot): void {
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

function stateInShort(kind: Snapshot['state']['kind']): { state: string; tone: 'ok' | 'busy' | 'off' } {
  switch (kind) {
    case 'connected':
      return { state: 'Connected', tone: 'ok' };
    case 'connecting':
      return { state: 'Connecting', tone: 'busy' };
    case 'resuming':
      return { state: 'Reconnecting', tone: 'busy' };
    case 'in-use':
      return { state: 'In use', tone: 'busy' };
    default:
      return { state: 'Not connected', tone: 'off' };
  }
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

/** Beside this page, whatever its name and base path are. */
function sessionEndpoint(): string {
  const url = new URL('session', pageUrl.cleanUrl.replace(/[?#].*$/, ''));
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

async function saveScreenshot(): Promise<void> {
  const { screen, node } = controller.now;
  try {
    if (screen) savePicture(await screen.screenshot(), node);
  } catch {
    toast('There is no picture to save yet.');
  }
}

function listenToPage(): void {
  // noVNC takes every key of the console, Tab included; this chord is the way out, and it stays here.
  window.addEventListener(
    'keydown',
    (event) => {
      if (
        !(event.ctrlKey && event.altKey && event.shiftKey && ['Control', 'Alt', 'Shift'].includes(event.key))
      )
        return;
      event.preventDefault();
      event.stopImmediatePropagation();
      preferences.change({ collapsed: false });
      toolbar.focus();
    },
    true,
  );
  // A new link pasted into the address bar of this tab changes the fragment only.
  window.addEventListener('hashchange', () => readPageUrl(location.href).token && location.reload());
  window.addEventListener('online', controller.tryNow);
  document.addEventListener('fullscreenchange', () =>
    toolbar.setFullScreen(document.fullscreenElement !== null),
  );
  const fitToKeyboard = () => {
    const height = window.visualViewport?.height;
    // A zoomed page keeps its height, or the picture would shrink while fingers zoom in.
    if (height && window.visualViewport?.scale === 1) {
      document.documentElement.style.setProperty('--page-height', `${height}px`);
    }
  };
  window.visualViewport?.addEventListener('resize', fitToKeyboard);
}

let before: Sample | undefined;
let openedAt = 0;

function showStatistics(): void {
  const { session, screen, state } = controller.now;
  const line = byId('statistics');
  if (!session || !screen || state.kind !== 'connected') {
    before = undefined;
    line.textContent = '';
    return;
  }
  const sample: Sample = { ...session.traffic, at: performance.now() };
  if (!before) openedAt = sample.at;
  else line.textContent = describeTraffic(before, sample, screen.size(), openedAt);
  before = sample;
}
