import { decodeXml } from './decode-xml.ts';
import { firstForbidden, withoutForbidden } from './xml-characters.ts';

/**
 * The text of a document without what no XML may contain: bytes that its encoding does not have, control characters, and
 * references to those (`&#0;`). Some iDRACs put raw memory into texts such as serial numbers; python-dracclient cleans likewise.
 * For documents that could not be parsed as they are, since it loses what it removes.
 * @throws WsmanError MALFORMED for an encoding that is not supported
 */
export function cleanDirtyBytes(bytes: Buffer, contentType?: string): string {
  const text = withoutForbidden(decodeXml(bytes, contentType, true)).replaceAll('\ufffd', '');
  return text.replace(/&#(?:x0*([0-9a-f]{1,6})|0*([0-9]{1,7}));/gi, (reference, hex, decimal) => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0x10ffff || firstForbidden(String.fromCodePoint(code)) !== undefined ? '' : reference;
  });
}
