/**
 * What happens to the bytes a server sends, on their way to one viewer. The one seam between copying and
 * understanding: a proxy writes what comes out and knows nothing else.
 */
export interface ServerPath {
  readonly kind: 'splice' | 'transcode';
  /**
   * Bytes for the viewer, in as many pieces as suits. Lazy: write a piece and respect back-pressure before
   * asking for the next, and take all of them before the next push. Pieces may share memory with `chunk`.
   * @throws RfbError; the connection must then be closed
   */
  push(chunk: Buffer): Iterable<Buffer>;
}

/** Copies: no parsing, no state. */
export const splice: ServerPath = { kind: 'splice', push: (chunk) => [chunk] };
