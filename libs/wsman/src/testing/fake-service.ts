import type { HttpClient, HttpRequest, HttpResponse } from '@consolemesh/http';
import { createWsmanClient, type WsmanClient, type WsmanClientOptions } from '../create-wsman-client.ts';
import { NS } from '../namespaces.ts';
import { parseXml } from '../parse-xml.ts';
import { childOf, type XmlElement } from '../xml-element.ts';

/** A request as a service sees it. */
export interface Seen {
  readonly request: HttpRequest;
  readonly header: XmlElement;
  /** The one element in the Body; undefined for Get. */
  readonly content: XmlElement | undefined;
  readonly messageId: string;
}

/** What a service says: a body with 200, a whole response, or an error of the connection. */
export type Said = string | { status: number; body: string | Buffer; contentType?: string } | Error;

export interface FakeService {
  readonly client: WsmanClient;
  readonly seen: readonly Seen[];
}

/** A service that answers the n-th request by `answer`. */
export function fakeService(
  answer: (seen: Seen, n: number) => Said | Promise<Said>,
  options: Partial<WsmanClientOptions> = {},
): FakeService {
  const seen: Seen[] = [];
  const http: HttpClient = {
    async request(request) {
      const one = see(request);
      seen.push(one);
      return respond(await answer(one, seen.length - 1));
    },
    async [Symbol.asyncDispose]() {},
  };
  const limits = { retryPauseMs: 0, ...options.limits };
  const client = createWsmanClient(http, { endpoint: 'https://192.0.2.7:443/wsman', ...options, limits });
  return { client, seen };
}

function see(request: HttpRequest): Seen {
  const envelope = parseXml(String(request.body));
  const header = childOf(envelope, NS.s, 'Header')!;
  return {
    request,
    header,
    content: childOf(envelope, NS.s, 'Body')!.children[0],
    messageId: childOf(header, NS.wsa, 'MessageID')?.text ?? '',
  };
}

function respond(said: Said): HttpResponse {
  if (said instanceof Error) throw said;
  if (typeof said === 'string') return respond({ status: 200, body: said });
  const { status, body, contentType = 'application/soap+xml;charset=UTF-8' } = said;
  return { status, headers: { 'content-type': contentType }, body: Buffer.from(body) };
}

/** An answer with prefixes that the requests do not use: n1 is free for the class, the envelope is in the default namespace. */
export function soap(relatesTo: string | undefined, content: string): string {
  const related = relatesTo === undefined ? '' : `<a:RelatesTo>\n  ${relatesTo}\n</a:RelatesTo>`;
  return (
    `<Envelope xmlns="${NS.s}" xmlns:a="${NS.wsa}" xmlns:m="${NS.wsman}" xmlns:e="${NS.wsen}" xmlns:i="${NS.xsi}">` +
    `<Header>${related}</Header><Body>${content}</Body></Envelope>`
  );
}
