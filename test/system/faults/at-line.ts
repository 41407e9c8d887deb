import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Tab } from '../../harness/open-console.ts';
import type { Sight } from './viewer.ts';

/** An echo that takes longer will not come, ms: what is typed while the machine is away is lost, so it is typed again. */
const echoMs = 1_000;
/** What of the line is looked at, characters. */
const kept = 4_096;
/** Takes away what is typed at the prompt (Ctrl-U), so that the line does not grow. */
const killLine = '\x15';

let words = 0;

/** At a serial console: a word that nobody has typed before, and its echo. */
export async function atLine(tab: Tab): Promise<Sight> {
  const opened = await tab.next();
  if (opened.type !== 'opened') throw new Error(`not opened: ${JSON.stringify(opened)}`);
  let said = '';
  tab.stream.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString('latin1')).slice(-kept);
  });
  const ended = once(tab.stream, 'end').then(() => true);
  const heard = async (word: string) => {
    for (const until = performance.now() + echoMs; performance.now() < until; ) {
      if (said.includes(word)) return true;
      if (await Promise.race([ended, sleep(20, false)])) throw new Error('the line has ended');
    }
    return false;
  };
  return {
    role: `${opened.role}`,
    async look() {
      for (let seen = false; !seen; ) {
        const word = `${(words++).toString(36)}.`;
        tab.stream.write(killLine + word);
        seen = await heard(word);
      }
    },
  };
}
