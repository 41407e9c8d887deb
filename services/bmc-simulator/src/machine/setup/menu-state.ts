import {
  copyFirmwareSettings,
  defaultFirmwareSettings,
  type FirmwareSettings,
  firmwareChoices,
} from '../firmware-settings.ts';
import type { StageContext } from '../stage.ts';
import {
  choicesOf,
  type ExitAction,
  isSelectable,
  itemsOf,
  type MenuItem,
  type TabName,
  tabNames,
} from './menu.ts';

/** A small window over the menu: values to choose from, or a question. */
export interface Popup {
  readonly title: string;
  readonly options: readonly string[];
  selected: number;
  /** Called with the chosen option; the window is closed by then. */
  readonly choose: (index: number) => void;
}

/** Where the user is in the set-up menu and what the keys do there. Draws nothing. */
export interface MenuState {
  readonly tab: TabName;
  readonly items: readonly MenuItem[];
  /** Index into `items`; -1 when nothing can be selected. */
  readonly selected: number;
  readonly popup: Popup | undefined;
  /** Whether something differs from what was saved. */
  readonly changed: boolean;
  moveTab(by: number): void;
  openTab(name: TabName): void;
  move(by: number): void;
  select(index: number): void;
  /** Enter: opens the values, or does what the item says. */
  activate(): void;
  /** `+` and `-`: the next value, or a place up (+1) or down (-1) in the boot order. */
  change(by: 1 | -1): void;
  choosePopup(index: number): void;
  closePopup(): void;
  ask(action: ExitAction): void;
}

/**
 * @param context whose `firmware` is the draft that the menu changes
 * @param saved what the machine boots with; written only when the user saves
 */
export function createMenuState(
  context: StageContext,
  saved: FirmwareSettings,
  leave: () => void,
): MenuState {
  const { firmware } = context;
  let tab: TabName = 'Main';
  let selected = -1;
  let popup: Popup | undefined;
  const items = () => itemsOf(tab, context);

  const openTab = (name: TabName) => {
    tab = name;
    popup = undefined;
    selected = items().findIndex(isSelectable);
  };
  const copy = (from: FirmwareSettings, to: FirmwareSettings) =>
    Object.assign(to, copyFirmwareSettings(from));
  const perform: Record<ExitAction, () => void> = {
    save: () => copy(firmware, saved),
    discard: () => copy(saved, firmware),
    defaults: () => copy(defaultFirmwareSettings(), firmware),
    saveAndReset: () => {
      copy(firmware, saved);
      leave();
    },
    discardAndReset: leave,
  };
  const ask = (action: ExitAction) => {
    popup = {
      title: questions[action],
      options: ['Yes', 'No'],
      selected: 0,
      choose: (index) => {
        if (index === 0) perform[action]();
      },
    };
  };
  const openChoices = (item: MenuItem) => {
    if (item.kind !== 'choice') return;
    const options = choicesOf(item);
    popup = {
      title: item.label,
      options,
      selected: Math.max(0, options.indexOf(firmware.values[item.key])),
      choose: (index) => {
        firmware.values[item.key] = options[index] ?? firmware.values[item.key];
      },
    };
  };
  const moveBootDevice = (index: number, by: number) => {
    const order = firmware.bootOrder;
    const other = index - by;
    if (other < 0 || other >= order.length) return;
    [order[index], order[other]] = [order[other]!, order[index]!];
    selected -= by;
  };
  openTab('Main');

  return {
    get tab() {
      return tab;
    },
    get items() {
      return items();
    },
    get selected() {
      return selected;
    },
    get popup() {
      return popup;
    },
    get changed() {
      return JSON.stringify(saved) !== JSON.stringify(firmware);
    },
    openTab,
    moveTab(by) {
      openTab(tabNames[(tabNames.indexOf(tab) + by + tabNames.length) % tabNames.length]!);
    },
    move(by) {
      const all = items();
      for (let index = selected + by; index >= 0 && index < all.length; index += by) {
        if (!isSelectable(all[index])) continue;
        selected = index;
        return;
      }
    },
    select(index) {
      if (isSelectable(items()[index])) selected = index;
    },
    activate() {
      const item = items()[selected];
      if (item?.kind === 'action') ask(item.action);
      else if (item) openChoices(item);
    },
    change(by) {
      const item = items()[selected];
      if (item?.kind === 'choice') {
        const options = firmwareChoices[item.key];
        const next = options.indexOf(firmware.values[item.key]) + by;
        firmware.values[item.key] = options[(next + options.length) % options.length]!;
      } else if (item?.kind === 'boot') moveBootDevice(firmware.bootOrder.indexOf(item.device), by);
    },
    choosePopup(index) {
      const closing = popup;
      popup = undefined;
      closing?.choose(index);
    },
    closePopup() {
      popup = undefined;
    },
    ask,
  };
}

const questions: Readonly<Record<ExitAction, string>> = {
  saveAndReset: 'Save changes and reset?',
  discardAndReset: 'Discard changes and reset?',
  save: 'Save changes?',
  discard: 'Discard changes?',
  defaults: 'Load defaults?',
};
