export { type AboutOptions, type AboutPanel, createAboutPanel } from './about-panel.ts';
export { createBell } from './bell.ts';
export {
  type Controller,
  type ControllerParts,
  createController,
  type Showing,
  type ShowingEvents,
  type Snapshot,
  type StartShowing,
} from './controller.ts';
export { type Attributes, byId, element, focusable } from './dom.ts';
export { fitHeader } from './fit-header.ts';
export { toggleFullScreen } from './full-screen.ts';
export { type IconName, icon } from './icons.ts';
export { type Badge, type Identity, showIdentity } from './identity.ts';
export { createKeyMenu, type KeyGroup, type KeyItem } from './key-menu.ts';
export { listenToPage, type PageEvents } from './listen-to-page.ts';
export type { LogMark, LogMessage, LogPiece, LogSpan, LogWish } from './log-protocol.ts';
export { closeMenu, createMenu, type Menu, type MenuOptions, moveFocus } from './menu.ts';
export {
  openSession,
  type RawChannel,
  type Session,
  type SessionEvent,
  type Traffic,
} from './open-session.ts';
export { createOverlay, type Overlay } from './overlay.ts';
export {
  openPreferences,
  type PreferenceSchema,
  type PreferenceStore,
  parsePreferences,
} from './preferences.ts';
export type { ConsoleControl, ConsoleEvent, Opened, TerminalSize, Viewer } from './protocol.ts';
export { bellChoices, createRadioGroup, type RadioGroup, themeChoices } from './radio-group.ts';
export { fileName, saveFile } from './save-file.ts';
export { sessionEndpoint } from './session-endpoint.ts';
export { type Figures, showStatistics } from './show-statistics.ts';
export { stateInShort } from './state-in-short.ts';
export { type Action, type State, type View, viewOf } from './states.ts';
export { bytes, duration } from './statistics.ts';
export { type TabTwin, watchTwin } from './tab-twin.ts';
export { openTickets, type Tickets } from './tickets.ts';
export { clearToasts, createToasts, type ShowToast } from './toasts.ts';
export {
  createToolbarFrame,
  type FrameEvents,
  type Rights,
  type ToolbarFrame,
  type ToolSpec,
} from './toolbar-frame.ts';
export { type PageUrl, readPageUrl, type UrlOptions } from './url-token.ts';
