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
  type Showing,
  type Snapshot,
  saveFile,
  sessionEndpoint,
  showIdentity,
  showStatistics,
  stateInShort,
  toggleFullScreen,
  viewOf,
  watchTwin,
} from '@consolemesh/proxy/page';
import { createBars } from './bars.ts';
import { copySelection } from './copy-selection.ts';
import { createDesk } from './desk.ts';
import { helpKeys } from './help-keys.ts';
import { type Key, keyGroups } from './keys.ts';
import { createPastePanel } from './panels/paste-panel.ts';
import { createPeoplePanel } from './panels/people-panel.ts';
import { createSavePanel } from './panels/save-panel.ts';
import { createViewPanel } from './panels/view-panel.ts';
import { paces } from './paste.ts';
import { pasteBar } from './paste-bar.ts';
import { createPaster, type PasteState } from './paster.ts';
import { createPlayer } from './player/player.ts';
import { type Preferences, preferences as schema } from './preferences.ts';
import { holdsPen, mayType, writer } from './presence.ts';
import { createSearchBar } from './search-bar.ts';
import { showPresence, whoWrites } from './show-presence.ts';
import { createSilentLine } from './silent-line.ts';
import { deafTerminal } from './terminal/deaf-terminal.ts';
import type { Terminal, TerminalLooks } from './terminal/terminal.ts';
import { createTranscript } from './terminal/transcript.ts';
import { createToolbar } from './toolbar.ts';
import { createTouchStrip } from './touch-strip.ts';

// Before anything else: no request, no history entry and no look at the address bar may show the token.
const pageUrl = readPageUrl(location.href);
history.replaceState(null, '', pageUrl.cleanUrl);

const toast = createToasts(byId('toasts'));
const bars = createBars();
const transcript = createTranscript();
const preferences = openPreferences(schema, () => localStorage, {}, applyPreferences);
const darkSystem = window.matchMedia('(prefers-color-scheme: dark)');
const bell = createBell(byId('stage'), () => preferences.get().bell);
let terminal: Terminal | undefined;
let wasConnected = false;

/** One load for the page's life: the terminal outlives sessions, so that its text is still there while the page reconnects. */
const terminals = import('./terminal/terminal.ts');
const loading = terminals.then(({ createTerminal }) => {
  terminal = createTerminal(byId('screen'), 'Terminal. Keys go to the server; Control Alt Shift leaves it.', {
    input: (bytes, answer) => desk.input(touchStrip.held(bytes), answer),
    paste: (text) => paster.request(text),
    bell,
    search: () => searchBar.open(),
    found: (at, count) => searchBar.found(at, count),
    roomed: () => desk.roomed(),
  });
  applyPreferences(preferences.get());
  return terminal;
});

const twin = watchTwin(
  () => sessionStorage,
  () => ['connected', 'connecting', 'resuming', 'in-use'].includes(controller.now.state.kind),
  () => controller.giveUp(),
);
const controller = createController<Showing>({
  url: pageUrl,
  endpoint: sessionEndpoint(pageUrl.cleanUrl),
  tickets: openTickets(() => sessionStorage),
  twin: () => twin,
  async load() {
    const loaded = await loading;
    return ({ opened, channel }, tell) => {
      transcript.clear();
      const showing = desk.open(loaded, opened, channel, (bytes) => transcript.add(bytes));
      queueMicrotask(tell.connected);
      return showing;
    };
  },
  changed: show,
  notice: (message) => toast(message, { stays: true }),
  size: () => desk.wantedSize(),
  // Screen and scrollback come at once, while xterm.js may still be on its way.
  mostEarly: 8 * 1024 * 1024,
  happened: (event) => (event.type === 'log' ? player.hear(event) : desk.happened(event)),
});
const desk = createDesk({
  terminal: () => terminal,
  preferences: preferences.get,
  control: (wish) => controller.now.session?.control(wish),
  pasting: () => paster.state.kind === 'running',
  stopPasting: () => paster.stop(),
  silence: createSilentLine(byId('silence'), () => !desk.whyNotType() && !desk.presence()?.lost),
  says: toast,
  changed: () => show(controller.now),
});
const paster = createPaster({
  send: desk.send,
  unsent: desk.unsent,
  pace: () => paces[preferences.get().paste],
  bracketed: () => terminal?.marksPastes ?? false,
  refused: desk.whyNotType,
  changed: showPaste,
  says: toast,
});

const player = createPlayer({
  terminal: async (place) => (await terminals).createTerminal(place, 'What was recorded.', deafTerminal),
  looks: looksNow,
  send: (wish) => controller.now.session?.control(wish),
  shown(open) {
    toolbar.setLog(open);
    if (open) searchBar.close();
    show(controller.now);
  },
  left: () => terminal?.focus(),
});
const overlay = createOverlay((action) => controller.act(action));
const searchBar = createSearchBar({
  find: (text, forward, fresh) => terminal?.find(text, forward, fresh),
  end() {
    terminal?.endSearch();
    terminal?.focus();
  },
  shown: (open) => toolbar.setSearch(open),
});
const pastePanel = createPastePanel({
  request: (text) => paster.request(text),
  confirm() {
    paster.confirm();
    closeMenu();
    terminal?.focus();
  },
  stop() {
    paster.stop();
    closeMenu();
  },
});
const peoplePanel = createPeoplePanel(desk.pen);
const viewPanel = createViewPanel(preferences);
const save = (content: Blob, ending: string) => saveFile(content, controller.now.node, ending);
const savePanel = createSavePanel({
  text: () => save(new Blob([terminal?.text() ?? ''], { type: 'text/plain;charset=utf-8' }), 'txt'),
  raw: () => save(transcript.blob(), 'bin'),
  copy: () => void copySelection(terminal?.selection() ?? '', toast),
});
const aboutPanel = createAboutPanel({
  keys: helpKeys,
  credit: 'consolemesh shows the terminal with xterm.js (MIT).',
});
const touchStrip = createTouchStrip((text) => desk.input(new TextEncoder().encode(text), false));
const toolbar = createToolbar(
  {
    askPen: desk.pen.ask,
    touchKeys() {
      toolbar.setTouchKeys(touchStrip.toggle());
      terminal?.focus();
    },
    search() {
      player.close();
      searchBar.toggle();
    },
    log: player.toggle,
    fullScreen: () => void toggleFullScreen(toast),
    disconnect: controller.disconnect,
    collapse: (collapsed) => preferences.change({ collapsed }),
    pointerDone: () => byId('search').hidden && terminal?.focus(),
    explain: toast,
  },
  {
    keys: createKeyMenu(keyGroups, press),
    paste: pastePanel.panel,
    save: savePanel.panel,
    people: peoplePanel.panel,
    view: viewPanel.panel,
    about: aboutPanel.panel,
  },
);

applyPreferences(preferences.get());
darkSystem.addEventListener('change', () => applyPreferences(preferences.get()));
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
  const { session, state } = controller.now;
  if (!session || !terminal || state.kind !== 'connected') return undefined;
  const { columns, rows } = terminal.size;
  return { traffic: session.traffic, size: { width: columns, height: rows } };
});
void controller.start();

/** Sends a key of the menu, after a break where it wants one. */
function press({ bytes, break: withBreak }: Key): void {
  if (withBreak) desk.sendBreak();
  if (bytes !== undefined) desk.input(new TextEncoder().encode(bytes), false);
}

/** The one place that carries the state to everything that shows it. */
function show(now: Snapshot<Showing>): void {
  const { state, opened, node } = now;
  const connected = state.kind === 'connected';
  if (state.kind === 'ended' && !desk.mayKeepText(state.reason)) forget();
  const presence = connected ? desk.presence() : undefined;
  const away = connected ? undefined : 'Not connected.';
  const byRole = opened?.role === 'view';
  toolbar.allow({
    input: away ?? (player.open ? 'Close the log to type.' : desk.whyNotType()),
    console: away,
    log: player.open ? undefined : away,
    content: desk.hasText() ? undefined : away,
  });
  const who = presence && writer(presence);
  toolbar.setAsking(presence?.role === 'control' && who !== undefined && !holdsPen(presence));
  toolbar.setPeople(presence?.viewers.length ?? 0);
  peoplePanel.show(presence);
  aboutPanel.show(connected ? opened : undefined);
  savePanel.show(transcript);
  terminal?.setTyping(connected && !byRole);
  showIdentity({
    node,
    ...stateInShort(state.kind),
    watching: connected && byRole,
    unverifiedTls: opened?.unverifiedTls ?? false,
    badges: presence && !byRole ? [whoWrites(presence)] : [],
  });
  document.documentElement.classList.toggle('stale', !connected);
  document.documentElement.classList.toggle('watching', presence !== undefined && !mayType(presence));
  showPresence(bars, presence, desk);
  if (!connected && wasConnected) leave();
  if (state.kind === 'ended') clearToasts(byId('toasts'));
  wasConnected = connected;
  overlay.show(viewOf(state, node));
  if (connected && (document.activeElement === document.body || document.activeElement === null))
    terminal?.focus();
}

/** Somebody wanted the console away from this page: nothing of it stays to be looked at. */
function forget(): void {
  desk.forget();
  transcript.clear();
  player.close();
  searchBar.close();
}

/** What belongs to a session that is over, or about to come back. */
function leave(): void {
  closeMenu();
  player.away();
  paster.stop();
  pastePanel.clear();
  touchStrip.hide();
  toolbar.setTouchKeys(false);
}

function showPaste(state: PasteState): void {
  pastePanel.show(state);
  if (state.kind === 'asking') toolbar.openPaste();
  if (state.kind === 'running' && state.done === 0) closeMenu();
  bars.set('paste', pasteBar(state, paster.stop));
}

function applyPreferences(now: Preferences): void {
  document.documentElement.dataset.theme = now.theme;
  toolbar.setCollapsed(now.collapsed);
  viewPanel.show(now);
  terminal?.apply(looksNow());
  player.apply(looksNow());
  desk.roomed();
}

function looksNow(): TerminalLooks {
  const { theme, fontSize, readAloud } = preferences.get();
  return { fontSize, readAloud, dark: theme === 'system' ? darkSystem.matches : theme === 'dark' };
}
