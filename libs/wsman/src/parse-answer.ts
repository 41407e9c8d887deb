import type { HttpResponse } from '@consolemesh/http';
import { cleanDirtyBytes } from './clean-dirty-bytes.ts';
import { decodeXml } from './decode-xml.ts';
import { WsmanError } from './errors.ts';
import type { WsmanLimits } from './limits.ts';
import { NS, SOAP_1_1 } from './namespaces.ts';
import { parseXml } from './parse-xml.ts';
import { childOf, isNamed, type XmlElement } from './xml-element.ts';

/** A SOAP 1.2 message: what its Body holds, and which requests its Header says it answers. */
export interface SoapMessage {
  readonly content: XmlElement;
  /** Texts of wsa:RelatesTo. */
  readonly relatesTo: readonly string[];
}

/**
 * Reads an HTTP body as a SOAP 1.2 message, whatever the status.
 * @throws WsmanError NOT_SOAP, MALFORMED, TOO_LARGE
 */
export function parseAnswer(response: HttpResponse, limits: WsmanLimits): SoapMessage {
  const { status, body, headers } = response;
  const other = recogniseOther(body);
  if (other !== undefined)
    throw new WsmanError('NOT_SOAP', `the service answered with ${other}, not with SOAP`, { status });
  const envelope = parseBytes(body, headers['content-type'], limits);
  if (!isNamed(envelope, NS.s, 'Envelope')) {
    const what =
      envelope.namespace === SOAP_1_1 ? 'SOAP 1.1, which is not WS-MAN' : 'XML that is no SOAP envelope';
    throw new WsmanError('NOT_SOAP', `the service answered with ${what}`, { status });
  }
  const content = childOf(envelope, NS.s, 'Body')?.children;
  if (content?.length !== 1 || content[0] === undefined)
    throw new WsmanError('MALFORMED', 'the answer has no Body with one element in it', { status });
  const header = childOf(envelope, NS.s, 'Header')?.children ?? [];
  return {
    content: content[0],
    relatesTo: header.filter((one) => isNamed(one, NS.wsa, 'RelatesTo')).map((one) => one.text.trim()),
  };
}

function parseBytes(body: Buffer, contentType: string | undefined, limits: WsmanLimits): XmlElement {
  let text: string | undefined;
  try {
    text = decodeXml(body, contentType);
    return parseXml(text, limits);
  } catch (problem) {
    if (!(problem instanceof WsmanError) || problem.code !== 'MALFORMED') throw problem;
    try {
      const clean = cleanDirtyBytes(body, contentType);
      // Nothing was dirty: it would be refused once more, for the same price.
      if (clean !== text) return parseXml(clean, limits);
    } catch {}
    throw problem;
  }
}

/** What commonly stands at the address of a BMC instead of WS-MAN; undefined for anything that may be XML. */
function recogniseOther(body: Buffer): string | undefined {
  // Wide enough for a byte order mark and white space; NULs go so that UTF-16 looks alike.
  const start = body.subarray(0, 512).toString('latin1').replaceAll('\0', '').trimStart();
  if (start === '') return 'an empty body';
  if (
    /^(?:\u00ef\u00bb\u00bf|\u00ff\u00fe|\u00fe\u00ff)?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--[^>]*-->\s*)*<(?:!doctype\s+html|html|head|body)\b/i.test(
      start,
    )
  )
    return 'an HTML page (a login page of the BMC, or a proxy)';
  if (/^[{[]/.test(start)) return 'JSON';
  return undefined;
}
