import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An ipmitool that writes down how it was called, and says and does what a test wants. */
export interface FakeIpmitool extends AsyncDisposable {
  /** PATH with it in front. */
  readonly path: string;
  /** What it does from now on: lines of shell, with `$verb` being login, activate or deactivate. */
  acts(shell: string): Promise<void>;
  /** Each call: its verb, arguments, password and key, as they reached it. */
  calls(): Promise<{ verb: string; words: string[]; password: string; key: string; inEnvironment: string }[]>;
}

/** Fails with the words with which ipmitool 1.8.19 ends when the password is wrong. */
export const wrongPassword = `echo '> RAKP 2 HMAC is invalid' >&2; echo 'Error: Unable to establish IPMI v2 / RMCP+ session' >&2; exit 1`;

const fromHex = (dump: string) => Buffer.from(dump.replace(/\s/g, ''), 'hex').toString('latin1');

export async function createFakeIpmitool(): Promise<FakeIpmitool> {
  const dir = await mkdtemp(join(tmpdir(), 'consolemesh-fake-'));
  const bin = join(dir, 'bin');
  const acts = (shell: string) => writeFile(join(dir, 'act'), shell);
  await mkdir(bin);
  await acts('exit 0');
  await writeFile(
    join(bin, 'ipmitool'),
    `#!/bin/sh
{
  for word in "$@"; do printf '%s\\0' "$word"; done
  printf '\\1'; printf %s "$IPMI_KGKEY" | od -An -v -tx1
  printf '\\1'; previous=; for word in "$@"; do [ "$previous" = -f ] && od -An -v -tx1 "$word"; previous=$word; done
  printf '\\1'; env | grep -c PASSWORD
  printf '\\2'
} >${dir}/call-$$
# In one piece, since several may be called at once.
cat ${dir}/call-$$ >>${dir}/calls
case "$*" in *'sol activate') verb=activate ;; *'sol deactivate') verb=deactivate ;; *) verb=login ;; esac
. ${dir}/act
`,
  );
  await chmod(join(bin, 'ipmitool'), 0o755);
  return {
    path: `${bin}:/usr/bin:/bin`,
    acts,
    async calls() {
      const text = await readFile(join(dir, 'calls'), 'latin1').catch(() => '');
      return text
        .split('\x02')
        .slice(0, -1)
        .map((call) => {
          const [args = '', key = '', password = '', inEnvironment = ''] = call.split('\x01');
          const words = args.split('\0').slice(0, -1);
          const verb = words.at(-1) === 'info' ? 'login' : (words.at(-1) ?? '');
          return {
            verb,
            words,
            password: fromHex(password),
            key: fromHex(key),
            inEnvironment: inEnvironment.trim(),
          };
        });
    },
    async [Symbol.asyncDispose]() {
      await rm(dir, { recursive: true, force: true });
    },
  };
}
