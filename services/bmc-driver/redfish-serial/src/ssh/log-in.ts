import { deadline } from '@consolemesh/bytes';
import { connectTcp } from '@consolemesh/driver-sdk';
import { MeshError } from '@consolemesh/errors';
import { type AnyAuthMethod, type AuthHandlerMiddleware, Client, type Prompt } from 'ssh2';
import { printable } from '../printable.ts';
import { algorithmsOf } from './algorithms.ts';
import { type HostKey, isPinned, readHostKey } from './host-key.ts';
import { sshError } from './ssh-errors.ts';
import type { SshTarget } from './ssh-target.ts';

/** A login at an SSH server. Whoever asked for it ends the client. */
export interface SshLogin {
  readonly client: Client;
  readonly hostKey: HostKey;
}

/** Quiet keepalives after which a server is gone. */
const missedKeepalives = 2;

/**
 * Connects, judges the host key before any secret is sent, and logs in with the password: by `password`, else by `keyboard-interactive`,
 * never by both, because servers count refusals.
 * @throws MeshError BMC_CERTIFICATE_REFUSED with the fingerprint that was presented, BMC_AUTHENTICATION_FAILED, BMC_*, CANCELLED
 */
export async function logIn(to: SshTarget, signal: AbortSignal): Promise<SshLogin> {
  using limit = deadline(to.loginMs, signal);
  const sock = await connectTcp(to, { signal, deadlineMs: to.loginMs });
  const client = new Client();
  // Stays: an error between two owners must not end the process.
  client.on('error', () => {});
  const abort = () => client.destroy();
  let hostKey: HostKey | undefined;
  let trusted = false;
  const person = answerPrompts(to);
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('ready', resolve);
      client.once('error', reject);
      client.once('close', () => reject(new Error('Connection lost')));
      limit.signal.addEventListener('abort', abort);
      client.connect({
        sock,
        username: to.username,
        algorithms: algorithmsOf(to.algorithms),
        readyTimeout: to.loginMs,
        keepaliveInterval: to.keepaliveMs,
        keepaliveCountMax: missedKeepalives,
        hostVerifier(key: Buffer) {
          hostKey = readHostKey(key);
          trusted = to.hostKeys === undefined || isPinned(hostKey, to.hostKeys);
          return trusted;
        },
        authHandler: passwordOnce(to, person),
      });
      if (limit.signal.aborted) abort();
    });
    return { client, hostKey: hostKey! };
  } catch (error) {
    client.destroy();
    sock.destroy();
    if (signal.aborted) throw new MeshError('CANCELLED', undefined, { cause: error });
    if (hostKey && !trusted) throw untrusted(hostKey, to);
    if (limit.expired)
      throw new MeshError('BMC_TIMEOUT', `${to.where}: no SSH login within ${to.loginMs / 1000} s.`);
    throw sshError(error as Error, to, { asked: person.asked(), offered: person.offered() });
  } finally {
    limit.signal.removeEventListener('abort', abort);
  }
}

const ways = ['password', 'keyboard-interactive'] as const;

/** Asks what there is (`none`, RFC 4252 section 5.2), and shows the password in one way of those. */
function passwordOnce(
  { username, password }: SshTarget,
  person: ReturnType<typeof answerPrompts>,
): AuthHandlerMiddleware {
  let used: string | undefined;

  function choose(left: readonly string[] | null, partial: boolean | null): AnyAuthMethod | false {
    if (left === null) return { type: 'none', username };
    // After a partial success something else is wanted, which is no refusal.
    if (used !== undefined && partial !== true) return false;
    const way = ways.find((one) => left.includes(one) && one !== used);
    if (way === undefined) {
      if (used === undefined) person.refuse(left);
      return false;
    }
    used = way;
    if (way === 'password') return { type: way, username, password };
    return {
      type: way,
      username,
      prompt: (_name, _instructions, _language, prompts, finish) => finish(person.answer(prompts)),
    };
  }
  // At the first call the library says null, and it takes false for "no further"; its types know neither.
  return (left, partial, next) => next(choose(left as string[] | null, partial) as AnyAuthMethod);
}

/** Answers a server's questions: the first hidden one with the password, anything else with nothing. */
function answerPrompts({ password, username }: SshTarget) {
  let given = false;
  let asked: string | undefined;
  let offered: readonly string[] | undefined;
  const answerOne = ({ prompt, echo }: Prompt): string | undefined => {
    if (echo) return /user|login|name/i.test(prompt) ? username : undefined;
    if (given) return undefined;
    given = true;
    return password;
  };
  return {
    /** What it asked for that nobody could answer. */
    asked: () => asked,
    /** The ways to log in that it offered, when none of them was a password's, and none was shown. */
    offered: () => offered,
    refuse(left: readonly string[]): void {
      offered = left;
    },
    answer(prompts: readonly Prompt[]): string[] {
      return prompts.map((prompt) => {
        const answer = answerOne(prompt);
        if (answer === undefined) asked = JSON.stringify(printable(prompt.prompt));
        return answer ?? '';
      });
    },
  };
}

function untrusted({ type, fingerprint }: HostKey, { where, hostKeyFrom }: SshTarget): MeshError {
  const why = {
    nowhere:
      'is not known. Set redfish_ssh_host_key to it after comparing it at the BMC, or redfish_ssh_verify',
    redfish_ssh_host_key: 'is not the pinned one (redfish_ssh_host_key)',
    'first use':
      'is another than when the console was enabled. If that is right, disable and enable the console',
  }[hostKeyFrom];
  return new MeshError(
    'BMC_CERTIFICATE_REFUSED',
    `${where}: the host key of the SSH server, ${type} ${fingerprint}, ${why}.`,
    { metadata: { fingerprint, field: 'driver_info.redfish_ssh_host_key' } },
  );
}

/** Ends a login; resolves when the connection is closed, after `ms` at the latest. */
export async function logOut(client: Client, ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      client.destroy();
      resolve();
    }, ms);
    client.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    client.end();
  });
}
