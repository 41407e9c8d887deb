import type { StageFactory } from '../stage.ts';

const stops = [
  'Stopped Getty on tty1.',
  'Stopped OpenSSH server daemon.',
  'Stopped Power Telemetry.',
  'Stopped Network Configuration.',
  'Unmounted /boot.',
  'Stopped Journal Service.',
  'Reached target Unmount All Filesystems.',
];

/** Services stop, then the power goes or the firmware starts again. */
export const shutdownStage: StageFactory = (context) => ({
  *run() {
    const { both, random } = context;
    const restarting = context.afterShutdown === 'post';
    both.print('\n');
    for (const stop of stops) {
      both.print('[');
      both.print('  OK  ', { fg: 'brightGreen' });
      both.print(`] ${stop}\n`);
      yield random.between(60, 240);
    }
    const seconds = (context.uptime() / 1000).toFixed(6).padStart(12);
    both.print(`[${seconds}]`, { fg: 'green' });
    both.print(restarting ? ' reboot: Restarting system\n' : ' reboot: Power down\n');
    yield 900;
    return context.afterShutdown;
  },
  serialKey() {},
});
