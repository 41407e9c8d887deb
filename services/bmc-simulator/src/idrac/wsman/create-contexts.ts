import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Xml } from './write-xml.ts';

/** The enumerations that clients have not pulled to their end. */
export interface Contexts {
  /** Keeps what is left and answers the name of the context. */
  keep(items: readonly Xml[]): string;
  /** What is left under a name; the name is used up. */
  take(name: string): readonly Xml[] | undefined;
}

/** Enumerations at one time; the oldest makes room. */
const most = 32;
const lifeMs = 60_000;

export function createContexts(clock: Clock): Contexts {
  const contexts = new Map<string, { items: readonly Xml[]; until: number }>();
  return {
    keep(items) {
      const [oldest] = contexts.keys();
      if (contexts.size >= most && oldest !== undefined) contexts.delete(oldest);
      const name = `uuid:${randomUUID()}`;
      contexts.set(name, { items, until: clock.now() + lifeMs });
      return name;
    },
    take(name) {
      const context = contexts.get(name);
      contexts.delete(name);
      return context && context.until > clock.now() ? context.items : undefined;
    },
  };
}
