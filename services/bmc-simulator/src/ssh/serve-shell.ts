import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { RunningSerialLine } from '../run-machine.ts';
import type { SshMisbehaviour } from './misbehaviour.ts';
import { createHotKeyWatch } from './watch-hot-key.ts';

/** What somebody who has logged in finds. */
export interface ShellOptions {
  readonly line: RunningSerialLine;
  readonly clock: Clock;
  readonly misbehave: SshMisbehaviour;
  /** The command line's prompt and the command that leads to the console; without it the console is there at once. */
  readonly commandLine?: { readonly prompt: string; readonly entry: string } | undefined;
  readonly hotKey: Buffer;
  /** Takes the console; undefined = somebody has it. Dispose it to give it back. */
  take(): Disposable | undefined;
}

/** Most that waits for somebody who does not read, bytes; what the machine says beyond that is lost. */
const mostWaiting = 256 * 1024;
const longestCommand = 200;
const inUse = 'The console is in use by another session.\r\n';

/** Serves one channel until somebody leaves. @param command what was to be executed instead of a shell */
export function serveShell(channel: Duplex, options: ShellOptions, command?: string): void {
  const { clock, misbehave, commandLine } = options;
  channel.on('error', () => {});
  if (misbehave.silent) {
    channel.resume();
    return;
  }
  const begin = () => {
    if (channel.destroyed) return;
    const end = () => channel.end();
    if (!commandLine || command === commandLine.entry) openConsole(channel, options, end);
    else if (command === undefined) readCommands(channel, options, commandLine);
    else channel.end(`${command}: not found\r\n`);
  };
  const { slowPromptMs = 0 } = misbehave;
  const timer = clock.after(slowPromptMs, begin);
  channel.once('close', () => timer[Symbol.dispose]());
}

/** The BMC's own command line: it knows one command, and how to end. */
function readCommands(
  channel: Duplex,
  options: ShellOptions,
  commandLine: { prompt: string; entry: string },
): void {
  const { prompt, entry } = commandLine;
  let typed = '';
  const ask = () => {
    typed = '';
    channel.write(`\r\n${prompt}`);
  };
  const run = (line: string) => {
    if (line === '') return ask();
    if (line === 'exit' || line === 'quit') return void channel.end('\r\n');
    if (line === 'help') return answer(`${entry}, exit`);
    if (line !== entry) return answer(`${line.split(' ')[0]}: unknown command`);
    channel.off('data', read);
    openConsole(channel, options, () => {
      channel.on('data', read);
      ask();
    });
  };
  const answer = (text: string) => {
    channel.write(`\r\n${text}`);
    ask();
  };
  const read = (bytes: Buffer) => {
    for (const [index, byte] of bytes.entries()) {
      const character = String.fromCharCode(byte);
      if (character === '\r' || character === '\n') {
        const line = typed.trim();
        run(line);
        // What was sent together with the command is for what it leads to.
        if (line === entry) {
          const rest = bytes.subarray(index + 1);
          if (rest.length > 0) channel.unshift(rest);
          return;
        }
      } else if (byte === 0x7f || byte === 0x08) {
        if (typed !== '') channel.write('\b \b');
        typed = typed.slice(0, -1);
      } else if (byte >= 0x20 && byte < 0x7f && typed.length < longestCommand) {
        typed += character;
        channel.write(character);
      }
    }
  };
  channel.on('data', read);
  channel.write(prompt);
}

function openConsole(channel: Duplex, options: ShellOptions, leave: () => void): void {
  const { line, clock, misbehave, commandLine } = options;
  const taken = misbehave.inUse ? undefined : options.take();
  if (!taken) {
    channel.write(`\r\n${inUse}`);
    leave();
    return;
  }
  if (commandLine) channel.write('\r\nConnected to the serial line of the server.\r\n');
  const watch = createHotKeyWatch(options.hotKey);
  const listening = line.listen((bytes) => {
    if (channel.writableLength + bytes.length <= mostWaiting && channel.writable) channel.write(bytes);
  });
  const { dieAfterMs } = misbehave;
  const death = dieAfterMs === undefined ? undefined : clock.after(dieAfterMs, () => channel.destroy());
  const close = () => {
    channel.off('data', read);
    channel.off('close', close);
    listening[Symbol.dispose]();
    death?.[Symbol.dispose]();
    taken[Symbol.dispose]();
  };
  const read = (bytes: Buffer) => {
    const { typed, left } = misbehave.stuckHotKey ? { typed: bytes, left: false } : watch.feed(bytes);
    if (typed.length > 0) line.input(typed);
    if (!left) return;
    close();
    leave();
  };
  channel.on('data', read);
  channel.once('close', close);
}
