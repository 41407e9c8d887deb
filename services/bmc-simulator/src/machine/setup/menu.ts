import { type BootDevice, bootDeviceNames, type FirmwareKey, firmwareChoices } from '../firmware-settings.ts';
import type { StageContext } from '../stage.ts';

export const tabNames = ['Main', 'Advanced', 'Boot', 'Exit'] as const;
export type TabName = (typeof tabNames)[number];

export type ExitAction = 'saveAndReset' | 'discardAndReset' | 'save' | 'discard' | 'defaults';

/** One line of a tab. */
export type MenuItem =
  | { readonly kind: 'heading'; readonly label: string }
  | { readonly kind: 'info'; readonly label: string; readonly value: string }
  | { readonly kind: 'choice'; readonly label: string; readonly key: FirmwareKey; readonly help: string }
  | { readonly kind: 'boot'; readonly label: string; readonly device: BootDevice; readonly help: string }
  | { readonly kind: 'action'; readonly label: string; readonly action: ExitAction; readonly help: string };

/** Whether the bar may rest on it. */
export function isSelectable(item: MenuItem | undefined): boolean {
  return item !== undefined && item.kind !== 'heading' && item.kind !== 'info';
}

/** What stands at the right of an item. */
export function shownValue(item: MenuItem, { firmware }: Pick<StageContext, 'firmware'>): string {
  if (item.kind === 'info') return item.value;
  if (item.kind === 'choice') return `[${firmware.values[item.key]}]`;
  return item.kind === 'boot' ? bootDeviceNames[item.device] : '';
}

/** The values an item can be changed to. */
export function choicesOf(item: MenuItem): readonly string[] {
  return item.kind === 'choice' ? firmwareChoices[item.key] : [];
}

/** The lines of a tab as they are now: the clock ticks, the boot order follows its changes. */
export function itemsOf(tab: TabName, context: StageContext): MenuItem[] {
  if (tab === 'Main') return mainItems(context);
  if (tab === 'Advanced') return advancedItems;
  return tab === 'Boot' ? bootItems(context) : exitItems;
}

function mainItems({ identity, now }: StageContext): MenuItem[] {
  const { processor, memory, nics } = identity;
  const [date, time] = new Date(now()).toISOString().split('T') as [string, string];
  const info = (label: string, value: string): MenuItem => ({ kind: 'info', label, value });
  return [
    { kind: 'heading', label: 'System' },
    info('Product', `${identity.vendor} ${identity.product}`),
    info('Serial number', identity.serial),
    info('UUID', identity.uuid),
    info('Firmware', `${identity.firmwareVersion} (${identity.firmwareDate})`),
    { kind: 'heading', label: 'Processor and memory' },
    info('Processor', `${processor.sockets} × ${processor.model}, ${processor.cores} cores`),
    info('Memory', `${memory.gibibytes} GiB DDR5-${memory.speed}, ${memory.modules} modules`),
    { kind: 'heading', label: 'Management' },
    info('Host name', identity.name),
    ...nics.map(({ mac }, port) => info(`MAC address ${port}`, mac)),
    { kind: 'heading', label: 'Clock and language' },
    info('Date (UTC)', date),
    info('Time (UTC)', time.slice(0, 8)),
    choice('Language', 'language', 'The language of these menus. Only English is fitted.'),
  ];
}

const advancedItems: MenuItem[] = [
  { kind: 'heading', label: 'Processor' },
  choice('Virtualisation', 'virtualisation', 'Lets a hypervisor use the processor’s own support.'),
  choice('Simultaneous threads', 'hyperThreading', 'Two threads on each core.'),
  choice('SR-IOV', 'srIov', 'Network adapters may appear as several.'),
  { kind: 'heading', label: 'Serial console' },
  choice('Redirection', 'serialRedirection', 'Which port repeats this screen as text.'),
  choice('Speed', 'serialSpeed', 'Bits per second of the serial console.'),
  { kind: 'heading', label: 'Power and cooling' },
  choice('Fan profile', 'fanProfile', 'How eagerly the fans follow the temperature.'),
  choice('Watchdog', 'watchdog', 'Resets the server when the operating system stays silent for so long.'),
  choice('Power on by keyboard', 'powerOnByKeyboard', 'Which key wakes the server while it is off.'),
];

function bootItems({ firmware }: StageContext): MenuItem[] {
  return [
    { kind: 'heading', label: 'How to boot' },
    choice('Boot mode', 'bootMode', 'UEFI, or the interrupts of 1981.'),
    choice(
      'Set-up prompt, seconds',
      'setupPromptSeconds',
      'How long the self test waits for F2 before it boots.',
    ),
    choice('Network boot', 'networkBoot', 'Disabled: the network adapter is skipped in the boot order.'),
    { kind: 'heading', label: 'Boot order' },
    ...firmware.bootOrder.map(
      (device, index): MenuItem => ({
        kind: 'boot',
        label: `Boot device #${index + 1}`,
        device,
        help: 'Press + to try this device earlier, - to try it later.',
      }),
    ),
  ];
}

const exitItems: MenuItem[] = [
  { kind: 'heading', label: 'Leave' },
  action('Save changes and reset', 'saveAndReset', 'Keeps what was changed and starts the server again.'),
  action(
    'Discard changes and reset',
    'discardAndReset',
    'Forgets what was changed and starts the server again.',
  ),
  { kind: 'heading', label: 'Stay' },
  action('Save changes', 'save', 'Keeps what was changed.'),
  action('Discard changes', 'discard', 'Forgets what was changed.'),
  action('Load defaults', 'defaults', 'Sets everything to the values the server was delivered with.'),
];

function choice(label: string, key: FirmwareKey, help: string): MenuItem {
  return { kind: 'choice', label, key, help };
}

function action(label: string, name: ExitAction, help: string): MenuItem {
  return { kind: 'action', label, action: name, help };
}
