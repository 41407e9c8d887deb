import type { MeshError } from '@consolemesh/errors';
import type { OpenedLine } from '../../driver.ts';

/**
 * How the one upstream of a shared line is.
 * - `idle`: nobody needs it.
 * - `opening`: the driver is opening it; `why` says what it was lost by, or failed with, unless this is the first try.
 * - `open`: bytes go both ways.
 * - `waiting`: it was lost, or could not be opened, by `why`; tried again at `retryAt` (ms since the epoch).
 * - `refused`: the machine refuses the credentials. Not tried again: changed ones come with another start.
 * - `ended`: the console has ended.
 */
export type LineState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'opening'; readonly why?: MeshError | undefined }
  | { readonly kind: 'open'; readonly line: OpenedLine }
  | { readonly kind: 'waiting'; readonly retryAt: number; readonly why: MeshError }
  | { readonly kind: 'refused'; readonly why: MeshError }
  | { readonly kind: 'ended' };
