import { ENCODING, isRealEncoding } from '../encodings.ts';
import type { PixelFormat } from '../pixel-format.ts';

/** What one kind of server can stand. Data of the driver: a new BMC needs a new profile, not a new proxy. */
export interface RfbProfile {
  /** Only these may be asked for. Undefined = all. Raw is always allowed: no viewer can do without. */
  allowedEncodings?: readonly number[] | undefined;
  /** These are never asked for. */
  forbiddenEncodings?: readonly number[] | undefined;
  /** These come first, in this order, as far as the viewer asked for them; the rest keeps its order. */
  encodingOrder?: readonly number[] | undefined;
  /** The server keeps this format: the viewer's SetPixelFormat is not passed on. */
  forcedPixelFormat?: PixelFormat | undefined;
  /** ClientInit's flag, whatever the viewer wishes. */
  forcedShared?: boolean | undefined;
  /** Largest message from a viewer, in bytes. Default 1 MiB (a clipboard). */
  maxClientMessageBytes?: number | undefined;
  /** `splice` (default) copies what the server sends; `transcode` decodes and re-encodes it. */
  serverPath?: 'splice' | 'transcode' | undefined;
}

/** Negotiated by a viewer's input or clipboard extensions; without them no view-only length is ambiguous. */
const INPUT_EXTENSIONS: readonly number[] = [
  ENCODING.QemuExtendedKey,
  ENCODING.QemuLedState,
  ENCODING.Xvp,
  ENCODING.ExtendedMouseButtons,
  ENCODING.ExtendedClipboard,
  ENCODING.Gii,
];

/**
 * The list to send to the server for the list a viewer sent.
 * Raw is added when nothing else real is left, because some servers answer an empty list with nothing.
 */
export function rewriteEncodings(asked: readonly number[], profile: RfbProfile, viewOnly: boolean): number[] {
  const { allowedEncodings: allowed, forbiddenEncodings: forbidden, encodingOrder: order = [] } = profile;
  let list = asked.filter((e) => (allowed?.includes(e) ?? true) || e === ENCODING.Raw);
  if (forbidden !== undefined) list = list.filter((e) => !forbidden.includes(e));
  if (viewOnly) {
    list = list.filter((e) => !INPUT_EXTENSIONS.includes(e));
    // With plain DesktopSize left a viewer follows resizes but does not try to cause one.
    if (list.includes(ENCODING.DesktopSize)) list = list.filter((e) => e !== ENCODING.ExtendedDesktopSize);
  }
  list = [...order.filter((e) => list.includes(e)), ...list.filter((e) => !order.includes(e))];
  return list.some(isRealEncoding) ? list : [ENCODING.Raw, ...list];
}
