import { WsmanError } from './errors.ts';

/** What the bytes of a document are written in, and where its text starts. */
interface Encoding {
  readonly label: 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin1';
  /** Bytes of a byte order mark. */
  readonly skip: number;
}

/**
 * Bytes of an XML document as text: UTF-8 (and US-ASCII), UTF-16, ISO-8859-1.
 *
 * ```
 * EF BB BF …            UTF-8                    FF FE … / FE FF …        UTF-16 with its byte order mark
 * 3C 00 … / 00 3C …     UTF-16 without mark      charset of Content-Type, else encoding of <?xml …?>, else UTF-8
 * ```
 * Order of precedence: RFC 7303 section 3 (mark before charset before declaration); detection: XML 1.0 appendix F.
 * @param lenient bytes that the encoding does not have become U+FFFD
 * @throws WsmanError MALFORMED
 */
export function decodeXml(bytes: Buffer, contentType: string | undefined, lenient = false): string {
  const { label, skip } = detect(bytes, contentType);
  const content = bytes.subarray(skip);
  // TextDecoder would read ISO-8859-1 as windows-1252.
  if (label === 'latin1') return content.toString('latin1');
  try {
    return new TextDecoder(label, { fatal: !lenient, ignoreBOM: true }).decode(content);
  } catch {
    throw new WsmanError('MALFORMED', `the answer contains bytes that are not ${label.toUpperCase()}`);
  }
}

function detect(bytes: Buffer, contentType: string | undefined): Encoding {
  const mark = bytes.subarray(0, 3).toString('hex');
  if (mark === 'efbbbf') return { label: 'utf-8', skip: 3 };
  if (mark.startsWith('fffe')) return { label: 'utf-16le', skip: 2 };
  if (mark.startsWith('feff')) return { label: 'utf-16be', skip: 2 };
  if (mark.startsWith('3c00')) return { label: 'utf-16le', skip: 0 };
  if (mark.startsWith('003c')) return { label: 'utf-16be', skip: 0 };
  const charset = /;\s*charset\s*=\s*["']?([^\s"';]+)/i.exec(contentType ?? '')?.[1];
  if (charset !== undefined) return { label: labelOf(charset), skip: 0 };
  const start = bytes.subarray(0, 200).toString('latin1');
  const declared = /^\s*<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"']{1,40})["']/.exec(start)?.[1];
  return { label: labelOf(declared ?? 'utf-8'), skip: 0 };
}

function labelOf(name: string): Encoding['label'] {
  switch (name.toLowerCase()) {
    case 'utf-8':
    case 'utf8':
    case 'us-ascii':
      return 'utf-8';
    case 'iso-8859-1':
    case 'latin1':
      return 'latin1';
    case 'utf-16':
    case 'utf-16le':
    case 'utf-16be':
      // Real UTF-16 was recognised by its first bytes.
      throw new WsmanError('MALFORMED', 'the answer calls itself UTF-16, but its bytes are not');
    default:
      throw new WsmanError(
        'MALFORMED',
        'the answer is in an encoding other than UTF-8, UTF-16 and ISO-8859-1: no WS-MAN service needs another',
      );
  }
}
