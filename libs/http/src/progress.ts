import type { Deadline } from '@consolemesh/bytes';

/** How far one exchange has come. */
export interface Progress {
  readonly limit: Deadline;
  /** What is awaited now, in words; becomes part of the error text when it does not come. */
  awaiting: string;
  /** The status line and the headers have come. */
  answered: boolean;
}
