import type { OpenedLine } from '@consolemesh/driver-sdk';
import { MeshError } from '@consolemesh/errors';
import type { Client, ClientChannel } from 'ssh2';
import type { SshConsole } from '../found.ts';
import { type LineStream, lineStream } from '../line-stream.ts';
import type { RedfishNode } from '../options.ts';
import { printable } from '../printable.ts';
import type { Timings } from '../timings.ts';
import { enterConsole } from './enter-console.ts';
import { type ExitKeys, readExitKeys, readHotKeyDisplay } from './exit-keys.ts';
import { logIn, logOut } from './log-in.ts';
import { openShell } from './open-shell.ts';
import { targetOf } from './target-of.ts';

/**
 * Opens the console's line over SSH.
 * @throws MeshError; nothing is left open then
 */
export async function openSshLine(
  node: RedfishNode,
  found: SshConsole,
  timings: Timings,
  signal: AbortSignal,
): Promise<OpenedLine> {
  const to = targetOf(node, found, timings);
  const { client } = await logIn(to, signal);
  try {
    const channel = await openShell(client, to.where, signal);
    const leave = leaving(channel, exitKeysOf(node, found), timings.leaveMs);
    const line = carry({ client, channel, where: to.where, leave, timings });
    if (found.command !== undefined) await enterConsole(channel, found.command, timings, signal);
    return {
      stream: line.stream,
      resize: (columns, rows) => void (channel.writable && channel.setWindow(rows, columns, 0, 0)),
    };
  } catch (error) {
    await logOut(client, timings.leaveMs);
    throw signal.aborted ? new MeshError('CANCELLED', undefined, { cause: error }) : error;
  }
}

function exitKeysOf({ info }: RedfishNode, { exit }: SshConsole): ExitKeys | undefined {
  const { redfish_ssh_exit: wish } = info;
  if (wish === 'none') return undefined;
  return wish === 'auto' ? readHotKeyDisplay(exit ?? '') : readExitKeys(wish);
}

/** Remembers where on a line the machine's cursor would be, and leaves by the hot key where that is possible. */
interface Leaving {
  wrote(bytes: Buffer): void;
  now(): Promise<void>;
}

function leaving(channel: ClientChannel, keys: ExitKeys | undefined, ms: number): Leaving {
  let atLineStart = true;
  return {
    wrote(bytes) {
      const last = bytes.at(-1);
      if (last !== undefined) atLineStart = last === 0x0d || last === 0x0a;
    },
    async now() {
      if (!channel.writable) return;
      // In the middle of a line such keys would be typed into the machine; closing the connection has to do.
      if (keys && (atLineStart || !keys.atLineStart)) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          const done = () => {
            clearTimeout(timer);
            resolve();
          };
          channel.once('close', done);
          channel.write(keys.bytes, done);
        });
      }
      channel.end();
    },
  };
}

/** Of a console that said no more than this before it was closed, the words are the reason. */
const fewBytes = 400;

/** Keeps the first that a console says. */
function firstWords() {
  let said = '';
  return {
    heard(bytes: Buffer): void {
      if (said.length <= fewBytes) said += bytes.subarray(0, fewBytes + 1).toString('latin1');
    },
    /** Undefined where it was more than a few. */
    all: () => (said.length > 0 && said.length <= fewBytes ? printable(said) : undefined),
  };
}

function explainEnd(parts: {
  where: string;
  end: string;
  words: string | undefined;
  busyMs: number;
}): MeshError {
  const { where, end, words, busyMs } = parts;
  const said = words ? `, after it had said "${words}"` : '';
  if (
    words &&
    /\b(?:in use|busy|max\w* (?:number of )?sessions|already (?:active|connected|open))/i.test(words)
  ) {
    return new MeshError('BMC_BUSY', `${where}: somebody else has the console: the BMC ${end}${said}.`, {
      metadata: { retry_after_ms: String(busyMs) },
    });
  }
  return new MeshError('UPSTREAM_CLOSED', `${where}: the BMC ${end}${said}.`);
}

function carry(parts: {
  readonly client: Client;
  readonly channel: ClientChannel;
  readonly where: string;
  readonly leave: Leaving;
  readonly timings: Timings;
}): LineStream {
  const { client, channel, where, leave, timings } = parts;
  const line = lineStream({
    pause: () => channel.pause(),
    resume: () => channel.resume(),
    write(bytes) {
      leave.wrote(bytes);
      return new Promise((resolve, reject) => {
        channel.write(bytes, (error) => (error ? reject(error) : resolve()));
      });
    },
    async release() {
      // What still comes would keep the channel from closing.
      channel.resume();
      await leave.now();
      await logOut(client, timings.leaveMs);
    },
  });
  let end = 'closed the console';
  const words = firstWords();
  const take = (bytes: Buffer) => {
    words.heard(bytes);
    line.push(bytes);
  };
  channel.on('data', take);
  channel.stderr.on('data', take);
  channel.on('error', () => {});
  channel.once('exit', (code: number | null, signalName?: string) => {
    if (code !== 0) end = `ended the console (${signalName ? `signal ${signalName}` : `exit code ${code}`})`;
  });
  channel.once('close', () =>
    line.fail(explainEnd({ where, end, words: words.all(), busyMs: timings.busyMs })),
  );
  client.once('error', (error) => {
    const text = `${where}: the SSH connection broke, or gives no sign of life any more.`;
    line.fail(new MeshError('UPSTREAM_LOST', text, { cause: error }));
  });
  return line;
}
