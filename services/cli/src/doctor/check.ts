/** One thing that was looked at. */
export interface Check {
  /** What: `name`, `port`, `certificate`, … */
  readonly name: string;
  /** `skipped`: not looked at, because something before it failed or nothing asks for it. */
  readonly state: 'ok' | 'failed' | 'skipped';
  /** What was found. */
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string;
}
