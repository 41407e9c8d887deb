/**
 * Copies of this tab. Duplicating a tab copies its session storage and with it the resume ticket, which is good once; so a tab that
 * is about to use a stored ticket first asks whether the tab it was copied from is still there.
 */
export interface TabTwin {
  /** Whether another tab with the same identity is alive. */
  exists(): Promise<boolean>;
  /** Asks the other tab to give the console up; resolves once it has, or when it does not answer. */
  takeFromTwin(): Promise<void>;
}

const identityKey = 'consolemesh.tab';
const answerWithinMs = 200;

/**
 * @param storage the tab's session storage
 * @param giveUp called when a copy of this tab continues in our stead
 */
export function watchTwin(storage: () => Storage, holds: () => boolean, giveUp: () => void): TabTwin {
  if (typeof BroadcastChannel === 'undefined')
    return { exists: async () => false, takeFromTwin: async () => {} };
  const identity = identityOf(storage);
  const channel = new BroadcastChannel('consolemesh.tabs');
  let answered: (() => void) | undefined;
  channel.onmessage = ({ data }: MessageEvent<{ what?: string; tab?: string }>) => {
    if (data?.tab !== identity) return;
    if (data.what === 'here') answered?.();
    if (data.what === 'anybody?' && holds()) channel.postMessage({ what: 'here', tab: identity });
    if (data.what === 'give up' && holds()) {
      giveUp();
      channel.postMessage({ what: 'here', tab: identity });
    }
  };
  function ask(what: string): Promise<boolean> {
    return new Promise((resolve) => {
      const silence = setTimeout(() => resolve(false), answerWithinMs);
      answered = () => {
        clearTimeout(silence);
        resolve(true);
      };
      channel.postMessage({ what, tab: identity });
    });
  }
  return {
    exists: () => ask('anybody?'),
    takeFromTwin: async () => {
      await ask('give up');
    },
  };
}

/** A random name that a duplicated tab inherits. */
function identityOf(storage: () => Storage): string {
  const fresh = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('');
  try {
    const known = storage().getItem(identityKey);
    if (known) return known;
    storage().setItem(identityKey, fresh);
  } catch {
    // Without storage nothing is copied either.
  }
  return fresh;
}
