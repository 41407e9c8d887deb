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
    const { screen, random } = context;
    const restarting = context.afterShutdown === 'post';
    for (const stop of stops) {
      screen.print('[');
      screen.print('  OK  ', { fg: 'brightGreen' });
      screen.print(`] ${stop}\n`);
      yield random.between(60, 240);
    }
    const seconds = (context.uptime() / 1000).toFixed(6).padStart(12);
    screen.print(`[${seconds}]`, { fg: 'green' });
    screen.print(restarting ? ' reboot: Restarting system\n' : ' reboot: Power down\n');
    yield 900;
    return context.afterShutdown;
  },
});
