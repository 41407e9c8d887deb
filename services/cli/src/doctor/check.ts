/** One thing that was looked at. */
export interface Check {
  /** What: `name`, `port`, `certificate`, … */
  readonly name: string;
  /** `skipped`: not looked at; the message says why. */
  readonly state: 'ok' | 'failed' | 'skipped';
  /** What was found. */
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** Something that was not looked at. */
export function skipped(name: string, because: string): Check {
  return { name, state: 'skipped', message: `not checked, because ${because}` };
}
