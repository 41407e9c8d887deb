import { type ColourName, palette } from '../../screen/palette.ts';
import type { TextScreen } from '../../screen/text-screen.ts';
import type { StageContext } from '../stage.ts';
import {
  reportAddresses,
  reportBlockDevices,
  reportKernelLog,
  reportMemory,
  reportProcessor,
  reportSensors,
  reportUptime,
} from './reports.ts';

/** What a command may use beside the machine itself. */
export interface CommandContext extends Omit<StageContext, 'screen'> {
  /** The terminal that the command was typed at. */
  readonly screen: Pick<TextScreen, 'print' | 'rows'>;
  /** Its name. */
  readonly tty: string;
  readonly user: string;
  readonly history: readonly string[];
  /** The words after the command. */
  readonly words: readonly string[];
}

/** What happens after a command has printed its answer; nothing special when undefined. */
export type CommandEffect = 'logout' | 'clear' | 'matrix' | 'poweroff' | 'reboot' | undefined;

export interface Command {
  readonly name: string;
  /** For `help`; commands without one are other names of something and not listed. */
  readonly summary?: string;
  /** Prints to the screen of its context. */
  run(context: CommandContext): CommandEffect;
}

/** The commands of the invented shell: none of them can touch anything outside the machine. */
export const commands: readonly Command[] = [
  { name: 'clear', summary: 'empty the screen', run: () => 'clear' },
  { name: 'colours', summary: 'show the palette', run: showColours },
  { name: 'date', summary: 'the time of this machine', run: says(({ now }) => formatDate(now())) },
  { name: 'dmesg', summary: 'the kernel’s log', run: says(reportKernelLog) },
  { name: 'echo', summary: 'say it back', run: says(({ words }) => words.join(' ')) },
  { name: 'exit', summary: 'log out', run: () => 'logout' },
  { name: 'free', summary: 'memory in use', run: says(reportMemory) },
  { name: 'help', summary: 'this list', run: showHelp },
  {
    name: 'history',
    summary: 'what was typed',
    run: says(({ history }) =>
      history.map((line, index) => `${String(index + 1).padStart(5)}  ${line}`).join('\n'),
    ),
  },
  { name: 'hostname', summary: 'the name of this machine', run: says(({ identity }) => identity.name) },
  { name: 'ip', run: says(reportAddresses) },
  { name: 'ipaddr', summary: 'network addresses', run: says(reportAddresses) },
  { name: 'logout', run: () => 'logout' },
  { name: 'lsblk', summary: 'disks and their parts', run: says(reportBlockDevices) },
  { name: 'lscpu', summary: 'the processors', run: says(reportProcessor) },
  { name: 'matrix', summary: 'follow the white rabbit; any key returns', run: () => 'matrix' },
  { name: 'poweroff', summary: 'shut down and switch off', run: () => 'poweroff' },
  { name: 'reboot', summary: 'shut down and start again', run: () => 'reboot' },
  {
    name: 'seq',
    summary: 'numbers from 1 on, 20,000 at most',
    run: says(({ words }) => count(words.at(-1))),
  },
  { name: 'sensors', summary: 'temperatures and fans', run: says(reportSensors) },
  { name: 'shutdown', run: ({ words }) => (words.includes('-r') ? 'reboot' : 'poweroff') },
  { name: 'tty', summary: 'the terminal this is', run: says(({ tty }) => `/dev/${tty}`) },
  {
    name: 'uname',
    summary: 'the operating system; -a tells all',
    run: says(({ words, identity }) => (words.includes('-a') ? unameAll(identity.name) : 'Linux')),
  },
  { name: 'uptime', summary: 'how long it has been running', run: says(reportUptime) },
  { name: 'whoami', summary: 'who is logged in', run: says(({ user }) => user) },
];

const byName = new Map(commands.map((command) => [command.name, command]));

/** The command names that begin so, for the Tab key. */
export function completions(start: string): string[] {
  return start ? [...byName.keys()].filter((name) => name.startsWith(start)) : [];
}

/** Runs one line, printing to the screen. */
export function runCommand(line: string, context: Omit<CommandContext, 'words'>): CommandEffect {
  const [name = '', ...words] = line.trim().split(/\s+/);
  if (!name) return undefined;
  const command = byName.get(name);
  if (!command) {
    context.screen.print(`${name}: command not found; `, { fg: 'brightRed' });
    context.screen.print('help lists what there is\n');
    return undefined;
  }
  return command.run({ ...context, words });
}

/** A command that answers with text. */
function says(answer: (context: CommandContext) => string): Command['run'] {
  return (context) => {
    context.screen.print(`${answer(context)}\n`);
    return undefined;
  };
}

const mostNumbers = 20_000;

function count(last = ''): string {
  const length = /^\d{1,9}$/.test(last) ? Math.min(Number(last), mostNumbers) : 0;
  return length > 0 ? Array.from({ length }, (_, index) => index + 1).join('\n') : 'seq: how many?';
}

function showHelp({ screen }: CommandContext): undefined {
  screen.print('\n');
  for (const { name, summary } of commands) {
    if (!summary) continue;
    screen.print(`  ${name.padEnd(12)}`, { fg: 'brightCyan' });
    screen.print(`${summary}\n`);
  }
  screen.print('\n  Tab completes, ↑ recalls, Ctrl-C abandons, Ctrl-L clears, Ctrl-Alt-Del resets.\n\n', {
    fg: 'darkGrey',
  });
  return undefined;
}

function showColours({ screen }: CommandContext): undefined {
  for (const [index, [name]] of palette.slice(0, 16).entries()) {
    screen.print('      ', { bg: name as ColourName });
    screen.print(` ${name.padEnd(15)}`, { fg: name === 'black' ? 'grey' : name });
    if (index % 4 === 3) screen.print('\n');
  }
  return undefined;
}

function unameAll(host: string): string {
  return `Linux ${host} 6.12.9-invented-amd64 #1 SMP PREEMPT_DYNAMIC Invented 6.12.9-1 (2026-03-14) x86_64 GNU/Linux`;
}

/** `Thu 05 Mar 2026 14:02:11 UTC` */
export function formatDate(ms: number): string {
  const [weekday = '', day = '', month = '', year = '', time = ''] = new Date(ms).toUTCString().split(' ');
  return `${weekday.replace(',', '')} ${day} ${month} ${year} ${time} UTC`;
}
