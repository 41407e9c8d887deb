import { formatKernelLine, kernelLog } from '../kernel-log.ts';
import type { StageContext, StageFactory } from '../stage.ts';

const units = [
  'Mounted /boot.',
  'Started Journal Service.',
  'Finished Load Kernel Modules.',
  'Finished Apply Kernel Variables.',
  'Started Rule-based Manager for Device Events and Files.',
  'Found device Basalt data volume.',
  'Reached target Local File Systems.',
  'Started Network Time Synchronization.',
  'Started Network Configuration.',
  'Reached target Network.',
  'Started Power Telemetry.',
  'Started Self Monitoring and Reporting.',
  'Started D-Bus System Message Bus.',
  'Started OpenSSH server daemon.',
  'Started Getty on tty1.',
  'Started Serial Getty on ttyS0.',
  'Reached target Multi-User System.',
];

/** The kernel's log scrolls by, then the services start. */
export const kernelStage: StageFactory = (context) => ({
  *run() {
    const { screen, serial, both, identity, random } = context;
    both.print('Loading the kernel …\nLoading the initial ramdisk …\n');
    yield 700;
    screen.clear();
    screen.showCursor(true);
    let at = 0;
    for (const line of kernelLog(identity)) {
      const [stamp, text] = splitStamp(formatKernelLine(line));
      screen.print(stamp, { fg: 'green' });
      printKernelText(screen, text);
      serial.print(`${stamp}${text}\n`);
      yield Math.max(8, (line.at - at) * 1000);
      at = line.at;
    }
    both.print(`\nWelcome to `);
    both.print('Invented Linux 12', { fg: 'brightCyan' });
    both.print('!\n\n');
    for (const unit of units) {
      yield random.between(30, 190);
      both.print('[');
      both.print('  OK  ', { fg: 'brightGreen' });
      both.print(`] ${unit}\n`);
    }
    yield 500;
    return 'console';
  },
  // Nobody reads the line yet.
  serialKey() {},
});

function splitStamp(line: string): [string, string] {
  const end = line.indexOf(']') + 1;
  return [line.slice(0, end), line.slice(end)];
}

/** As `dmesg --color` does: what speaks stands out from what it says. */
function printKernelText(screen: StageContext['screen'], text: string): void {
  const colon = text.indexOf(': ');
  if (colon > 0 && colon < 48) {
    screen.print(text.slice(0, colon + 1), { fg: 'yellow' });
    screen.print(`${text.slice(colon + 1)}\n`);
  } else screen.print(`${text}\n`);
}
