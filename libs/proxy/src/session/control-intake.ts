import type { ConsoleWish } from './console-talk.ts';
import type { ProxyCore } from './core.ts';
import { createRateLimit } from './rate-limit.ts';

/** What one client may want of its console: a burst for a window that is being resized, then so many each second. */
const rate = { burst: 64, perSecond: 16 };

/** Takes a client's wishes and passes them on at a bounded rate; beyond it the client breaks the protocol. */
export function createControlIntake(
  core: Pick<ProxyCore, 'now'>,
  violation: (message: string) => void,
  pass: (wish: ConsoleWish) => void,
): (wish: ConsoleWish) => void {
  const limit = createRateLimit(rate, core.now);
  return (wish) => {
    if (limit.take('') > 0) violation('Too many control messages.');
    else pass(wish);
  };
}
