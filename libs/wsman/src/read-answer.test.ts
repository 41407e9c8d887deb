import type { HttpResponse } from '@consolemesh/http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WsmanError } from './errors.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { NS, UNSPECIFIED } from './namespaces.ts';
import { readAnswer } from './read-answer.ts';
import { soap } from './testing/fake-service.ts';

const ID = 'uuid:11111111-2222-4333-8444-555555555555';

function response(status: number, body: string | Buffer, contentType = 'application/soap+xml'): HttpResponse {
  return { status, headers: { 'content-type': contentType }, body: Buffer.from(body) };
}

function read(answer: HttpResponse, secrets: readonly string[] = []) {
  return readAnswer(answer, { messageId: ID, secrets }, DEFAULT_LIMITS);
}

function refusal(answer: HttpResponse, secrets: readonly string[] = []): WsmanError {
  try {
    read(answer, secrets);
  } catch (error) {
    if (error instanceof WsmanError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

/** A fault whose names have prefixes of its own. */
function fault(subcode: string, more = ''): string {
  return soap(
    ID,
    `<f:Fault xmlns:f="${NS.s}"><f:Code><f:Value>f:Sender</f:Value><f:Subcode><f:Value>${subcode}</f:Value></f:Subcode></f:Code>${more}</f:Fault>`,
  );
}

const REASON =
  '<f:Reason><f:Text xml:lang="de">Nein</f:Text><f:Text xml:lang="en-US">No such\n  selector</f:Text></f:Reason>';

describe('an answer', () => {
  const good = soap(ID, '<x:Output xmlns:x="urn:class"><x:ReturnValue>0</x:ReturnValue></x:Output>');

  it('is the element in the Body', () => {
    expect(read(response(200, good))).toMatchObject({ namespace: 'urn:class', name: 'Output' });
  });

  it('is read in UTF-16 as well', () => {
    expect(read(response(200, Buffer.from(`\ufeff${good}`, 'utf16le'))).name).toBe('Output');
  });

  const umlaut = soap(ID, '<Output>Grüße</Output>');
  const declaring = (encoding: string) => `<?xml version="1.0" encoding="${encoding}"?>\n${umlaut}`;
  it.each<[string, Buffer, string]>([
    ['ISO-8859-1 by its declaration', Buffer.from(declaring('ISO-8859-1'), 'latin1'), 'text/xml'],
    ['ISO-8859-1 by its charset', Buffer.from(umlaut, 'latin1'), 'text/xml; charset=iso-8859-1'],
    ['UTF-16 by its declaration', Buffer.from(declaring('UTF-16'), 'utf16le'), 'text/xml'],
    ['UTF-16 by its charset', Buffer.from(umlaut, 'utf16le'), 'text/xml;charset="UTF-16LE"'],
    ['big-endian UTF-16', Buffer.from(declaring('UTF-16'), 'utf16le').swap16(), 'text/xml;charset=UTF-16'],
  ])('is read rightly in %s', (_what, body, contentType) => {
    expect(read(response(200, body, contentType)).text).toBe('Grüße');
  });

  it.each<[string, Buffer, string, RegExp]>([
    ['calls itself UTF-16 and is not', Buffer.from(declaring('UTF-16')), 'text/xml', /calls itself UTF-16/],
    [
      'has a charset of UTF-16 and is not',
      Buffer.from(umlaut),
      'text/xml;charset=utf-16',
      /calls itself UTF-16/,
    ],
    [
      'declares another encoding',
      Buffer.from(declaring('windows-1252'), 'latin1'),
      'text/xml',
      /other than UTF-8/,
    ],
    ['has another charset', Buffer.from(umlaut), 'text/xml;charset=Shift_JIS', /other than UTF-8/],
  ])('is refused clearly when it %s', (_what, body, contentType, text) => {
    const error = refusal(response(200, body, contentType));
    expect([error.code, error.message]).toEqual(['MALFORMED', expect.stringMatching(text)]);
  });

  it('is cleaned and read again when it holds bytes that no XML may hold', () => {
    const dirty = Buffer.concat([Buffer.from(good.replace('0</', '')), Buffer.alloc(0)]);
    const at = dirty.indexOf('<x:ReturnValue>') + '<x:ReturnValue>'.length;
    const body = Buffer.concat([
      dirty.subarray(0, at),
      Buffer.from([0x30, 0x00, 0x07, 0xfe]),
      Buffer.from('</'),
      dirty.subarray(at),
    ]);
    expect(read(response(200, body)).children[0]?.text).toBe('0');
  });

  it('is refused when it was cut off anywhere', () => {
    for (let length = 1; length < good.length; length++)
      expect(refusal(response(200, good.slice(0, length))).code, `after ${length} bytes`).toBe('MALFORMED');
  });

  it.each([
    ['belongs to another request', soap('uuid:other', '<x/>')],
    ['does not say which request it belongs to', soap(undefined, '<x/>')],
  ])('is refused when it %s', (what, body) => {
    const error = refusal(response(200, body));
    expect([error.code, error.message]).toEqual(['WRONG_RELATES_TO', `the answer ${what}`]);
  });

  it.each([
    ['an HTML page', '<!DOCTYPE html><html><head><title>Login</title></head><body><br></body></html>'],
    ['an HTML page', '\n<!-- iDRAC --><HTML><body>'],
    ['an HTML page', '<?xml version="1.0"?><!DOCTYPE html PUBLIC "x" "y"><html/>'],
    ['JSON', '{"error":{}}'],
    ['an empty body', ''],
    ['an empty body', ' \r\n'],
    ['XML that is no SOAP envelope', '<a/>'],
    [
      'SOAP 1.1',
      '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><a/></s:Body></s:Envelope>',
    ],
  ])('that is %s is called so', (what, body) => {
    const error = refusal(response(200, body, 'text/html'));
    expect(error.code).toBe('NOT_SOAP');
    expect(error.message).toContain(what);
  });

  it.each([
    ['no Body', `<s:Envelope xmlns:s="${NS.s}"><s:Header/></s:Envelope>`],
    ['an empty Body', soap(ID, '')],
    ['two elements in the Body', soap(ID, '<a/><b/>')],
  ])('with %s is refused', (_what, body) => {
    expect(refusal(response(200, body)).code).toBe('MALFORMED');
  });

  it.each([
    [401, 'UNAUTHORIZED'],
    [403, 'FORBIDDEN'],
    [404, 'NOT_FOUND'],
    [405, 'NOT_FOUND'],
    [429, 'BUSY'],
    [503, 'BUSY'],
    [500, 'HTTP_STATUS'],
    [302, 'HTTP_STATUS'],
  ])('with status %i and an error page becomes %s', (status, code) => {
    const error = refusal(response(status, '<html><body>Sorry</body></html>', 'text/html'));
    expect([error.code, error.details.status]).toEqual([code, status]);
  });

  it('of any bytes, whole or not, ends in a result or an error of its own', () => {
    const damaged = fc
      .tuple(fc.nat(good.length), fc.nat(20), fc.uint8Array({ maxLength: 20 }))
      .map(([at, gone, put]) =>
        Buffer.concat([Buffer.from(good.slice(0, at)), put, Buffer.from(good.slice(at + gone))]),
      );
    const any = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.constantFrom(200, 500), fc.oneof(damaged, any), (status, body) => {
        try {
          read(response(status, body));
        } catch (error) {
          expect(error).toBeInstanceOf(WsmanError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a fault', () => {
  it.each([200, 400, 404, 500])('is read with status %i', (status) => {
    const detail =
      '<f:Detail><w:FaultDetail xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd">urn:faultDetail/X</w:FaultDetail></f:Detail>';
    const error = refusal(response(status, fault('m:InvalidSelectors', REASON + detail)));
    expect(error.code).toBe('FAULT');
    expect(error.details).toEqual({
      status,
      faultCode: 's:Sender',
      faultSubcode: 'wsman:InvalidSelectors',
      reason: 'No such selector',
      faultDetail: 'urn:faultDetail/X',
    });
    expect(error.message).toBe(
      'the service answered with the fault wsman:InvalidSelectors: No such selector | urn:faultDetail/X',
    );
  });

  it('may lack everything but itself', () => {
    const bare = refusal(response(500, soap(ID, `<f:Fault xmlns:f="${NS.s}"/>`)));
    expect([bare.code, bare.details]).toEqual(['FAULT', { status: 500 }]);
    const noDetail = refusal(response(400, fault('e:InvalidEnumerationContext')));
    expect(noDetail.details.faultSubcode).toBe('wsen:InvalidEnumerationContext');
    expect(noDetail.details).not.toHaveProperty('reason');
  });

  it('may have a detail of any kind', () => {
    const detail = '<f:Detail><p:Problem xmlns:p="urn:x">left <p:Deep>right</p:Deep></p:Problem></f:Detail>';
    expect(refusal(response(500, fault('m:InternalError', detail))).details.faultDetail).toBe('left right');
  });

  it('is told by its innermost subcode', () => {
    const code =
      '<f:Code><f:Value>f:Receiver</f:Value><f:Subcode><f:Value>m:A</f:Value><f:Subcode><f:Value>m:B</f:Value></f:Subcode></f:Subcode></f:Code>';
    const body = soap(ID, `<f:Fault xmlns:f="${NS.s}">${code}</f:Fault>`);
    expect(refusal(response(500, body)).details).toMatchObject({
      faultCode: 's:Receiver',
      faultSubcode: 'wsman:B',
    });
  });

  it.each([
    ['m:Concurrency', 500, 'BUSY'],
    ['m:QuotaLimit', 400, 'BUSY'],
    ['a:EndpointUnavailable', 500, 'BUSY'],
    ['m:TimedOut', 503, 'BUSY'],
    ['m:AccessDenied', 400, 'FORBIDDEN'],
    ['m:InvalidParameter', 403, 'FORBIDDEN'],
    ['m:SchemaValidationError', 400, 'FAULT'],
    // The same local name in another namespace means nothing.
    ['e:Concurrency', 500, 'FAULT'],
    ['undeclared:Concurrency', 500, 'FAULT'],
  ])('%s with status %i becomes %s', (subcode, status, code) => {
    expect(refusal(response(status, fault(subcode))).code).toBe(code);
  });

  it('with status 401 stays a refusal of the password', () => {
    expect(refusal(response(401, fault('m:AccessDenied'))).code).toBe('UNAUTHORIZED');
  });

  it('may relate to nothing, but not to another request', () => {
    const body = fault('m:InternalError');
    for (const id of [UNSPECIFIED, ''])
      expect(refusal(response(500, body.replace(ID, id))).code).toBe('FAULT');
    expect(refusal(response(500, body.replace(ID, 'uuid:other'))).code).toBe('WRONG_RELATES_TO');
  });

  it('says nothing secret, however often it repeats it', () => {
    const more = '<f:Reason><f:Text>hunter2 is not hunter2</f:Text></f:Reason><f:Detail>hunter2</f:Detail>';
    const error = refusal(response(500, fault('m:hunter2', more)), ['hunter2']);
    expect(`${error.message}${JSON.stringify(error.details)}${error.stack}`).not.toContain('hunter2');
    expect(error.details.reason).toBe('*** is not ***');
  });

  it('keeps its words when a secret is so short that it is in every text', () => {
    const more = '<f:Reason><f:Text>Lockdown mode is on.</f:Text></f:Reason>';
    const error = refusal(response(500, fault('m:InternalError', more)), ['o', 'mod', 'down', 'down mode']);
    expect(error.details).toMatchObject({ faultSubcode: 'wsman:InternalError', reason: 'Lock*** is on.' });
  });

  it('is printable and bounded', () => {
    const more = `<f:Reason><f:Text>\u0085\u202e${'long '.repeat(1000)}</f:Text></f:Reason>`;
    const { reason } = refusal(response(500, fault('m:InternalError', more))).details;
    expect(reason).toMatch(/^long long .*…$/);
    expect(reason?.length).toBe(500);
  });
});
