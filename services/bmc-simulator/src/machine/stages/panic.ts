import type { StageFactory } from '../stage.ts';

const lines = [
  'Kernel panic - not syncing: sysrq triggered crash',
  'CPU: 0 PID: 0 Comm: swapper/0 Not tainted 6.12.9-invented-amd64 #1',
  'Call Trace:',
  ' <IRQ>',
  ' panic+0x107/0x2f0',
  ' sysrq_handle_crash+0x1a/0x20',
  ' __handle_sysrq+0x9e/0x1a0',
  ' serial8250_handle_irq+0x127/0x1b0',
  ' </IRQ>',
  'Kernel Offset: disabled',
  'Rebooting in 10 seconds..',
];

/** The kernel has crashed: it says so everywhere, and starts anew after a while. */
export const panicStage: StageFactory = (context) => ({
  *run() {
    const stamp = `[${(context.uptime() / 1000).toFixed(6).padStart(12)}] `;
    context.both.print(`\n${lines.map((line) => stamp + line).join('\n')}\n`);
    yield 10_000;
    return 'post';
  },
  serialKey() {},
});
