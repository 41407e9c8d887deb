/** What the firmware's set-up menu can change and keeps over a power cycle. */
export interface FirmwareSettings {
  values: Record<FirmwareKey, string>;
  /** What is tried first stands first. */
  bootOrder: BootDevice[];
}

export type BootDevice = 'disk' | 'network' | 'usb';

export type FirmwareKey =
  | 'language'
  | 'virtualisation'
  | 'hyperThreading'
  | 'srIov'
  | 'serialRedirection'
  | 'serialSpeed'
  | 'fanProfile'
  | 'watchdog'
  | 'powerOnByKeyboard'
  | 'bootMode'
  | 'setupPromptSeconds'
  | 'networkBoot';

/** What each setting may be; the first one is the default. */
export const firmwareChoices: Readonly<Record<FirmwareKey, readonly [string, ...string[]]>> = {
  language: ['English', 'Deutsch', 'Français', 'Español'],
  virtualisation: ['Enabled', 'Disabled'],
  hyperThreading: ['Enabled', 'Disabled'],
  srIov: ['Disabled', 'Enabled'],
  serialRedirection: ['COM1', 'COM2', 'Disabled'],
  serialSpeed: ['115200', '57600', '38400', '9600'],
  fanProfile: ['Balanced', 'Acoustic', 'Full speed'],
  watchdog: ['Disabled', '5 minutes', '10 minutes', '15 minutes'],
  powerOnByKeyboard: ['Enter', 'Any key', 'Disabled'],
  bootMode: ['UEFI', 'Legacy'],
  setupPromptSeconds: ['3', '1', '5', '10'],
  networkBoot: ['Enabled', 'Disabled'],
};

export const bootDeviceNames: Readonly<Record<BootDevice, string>> = {
  disk: 'Invented Linux 12 (NVMe disk 0)',
  network: 'Network adapter (PXE, IPv4)',
  usb: 'Virtual USB drive',
};

export function defaultFirmwareSettings(): FirmwareSettings {
  const values = Object.fromEntries(
    Object.entries(firmwareChoices).map(([key, [first]]) => [key, first]),
  ) as Record<FirmwareKey, string>;
  return { values, bootOrder: ['network', 'disk', 'usb'] };
}

export function copyFirmwareSettings({ values, bootOrder }: FirmwareSettings): FirmwareSettings {
  return { values: { ...values }, bootOrder: [...bootOrder] };
}
