import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '../harness/free-ports.ts';
import { novncFolder } from '../system-packages.mjs';

/** Debian's websockify with Debian's noVNC: what people put before a VNC server. */
export interface Websockify extends AsyncDisposable {
  /** Address of a page of noVNC that connects to the VNC server behind it. */
  page(file: string, password: string): string;
}

const leftOut = (process.env.CONSOLEMESH_TEST_WITHOUT ?? '').split(',');

/** Whether this machine has both. */
export const hasWebsockify = !leftOut.includes('websockify') && novncFolder() !== undefined;

/** Starts it in front of a VNC server of 127.0.0.1. */
export async function startWebsockify(vncPort: number): Promise<Websockify> {
  const port = await freePort();
  const args = [`--web=${novncFolder()}`, `127.0.0.1:${port}`, `127.0.0.1:${vncPort}`];
  const child = spawn('websockify', args, { stdio: 'ignore' });
  const died = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`websockify ended with ${code}`)));
  });
  died.catch(() => {});
  const giveUp = AbortSignal.timeout(30_000);
  const answers = () =>
    fetch(`http://127.0.0.1:${port}/vnc_lite.html`, { signal: giveUp }).then(({ ok }) => ok);
  // Between two polls of something outside this process; nothing is asserted on it.
  const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
  while (!(await Promise.race([answers().catch(() => false), died]))) {
    giveUp.throwIfAborted();
    await pause();
  }
  return {
    page: (file, password) =>
      `http://127.0.0.1:${port}/${file}?autoconnect=true&resize=scale&scale=true&host=127.0.0.1&port=${port}&path=websockify&password=${encodeURIComponent(password)}`,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}
