import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import type { JournalEntry } from './attributes/create-idrac-attributes.ts';
import type { SimulatedIdrac } from './start-simulated-idrac.ts';
import { anonymous, classBase, ns } from './wsman/namespaces.ts';
import { child, readXml, type XmlElement } from './wsman/read-xml.ts';
import { element, envelope, type Xml } from './wsman/write-xml.ts';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** `name:password`; root's unless told, null = none. */
  readonly as?: string | null;
  readonly signal?: AbortSignal;
}

/** One request on a connection of its own. Rejects when the connection ends before the answer does. */
export function ask(
  { https, certificate }: Pick<SimulatedIdrac, 'https' | 'certificate'>,
  what: Ask,
): Promise<Reply> {
  const { method = 'GET', path, headers = {}, body, as = 'root:calvin', signal } = what;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        ...https,
        method,
        path,
        ca: certificate,
        agent: false,
        headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
        ...(as !== null && { auth: as }),
        ...(signal && { signal }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString('latin1'),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A request of WS-MAN: its action, the class it is for, selectors and the element of its body. */
export interface Soap {
  readonly action: string;
  readonly resource: string;
  readonly selectors?: Readonly<Record<string, string>> | undefined;
  readonly body?: Xml | undefined;
  readonly messageId?: string;
}

export const cardSelectors = {
  SystemCreationClassName: 'DCIM_ComputerSystem',
  SystemName: 'DCIM:ComputerSystem',
  CreationClassName: 'DCIM_iDRACCardService',
  Name: 'DCIM:iDRACCardService',
};
export const lcSelectors = { ...cardSelectors, CreationClassName: 'DCIM_LCService', Name: 'DCIM:LCService' };
export const jobSelectors = {
  SystemCreationClassName: 'DCIM_ComputerSystem',
  SystemName: 'idrac',
  CreationClassName: 'DCIM_JobService',
  Name: 'JobService',
};

export function soap({ action, resource, selectors = {}, body, messageId = 'uuid:1' }: Soap): string {
  const header = [
    element('wsa:To', 'https://idrac/wsman'),
    element('wsman:ResourceURI', resource),
    element('wsa:ReplyTo', element('wsa:Address', anonymous)),
    element(
      'wsman:SelectorSet',
      Object.entries(selectors).map(([Name, value]) => element('wsman:Selector', value, { Name })),
    ),
  ];
  // What answers and requests have in common is written by the same hand; the header of a request has more.
  const plain = envelope({ action, relatesTo: undefined, messageId, resource, body: body ?? [] });
  return plain.replace('<wsa:MessageID>', `${header.map(({ xml }) => xml).join('')}<wsa:MessageID>`);
}

/** Sends a SOAP text; answers status and the first element of the body. */
export async function send(
  idrac: Pick<SimulatedIdrac, 'https' | 'certificate'>,
  body: string,
  as?: string,
): Promise<{ status: number; body: XmlElement; header: XmlElement }> {
  const reply = await ask(idrac, { method: 'POST', path: '/wsman', body, ...(as && { as }) });
  const answer = readXml(reply.text);
  const [first] = child(answer, ns.soap, 'Body')?.children ?? [];
  const header = child(answer, ns.soap, 'Header');
  if (!first || !header) throw new Error(`not an envelope: ${reply.text}`);
  return { status: reply.status, body: first, header };
}

/** Invokes a method of a service with parameters; answers its outputs by name. */
export async function invoke(
  idrac: Pick<SimulatedIdrac, 'https' | 'certificate'>,
  [className, method, selectors]: readonly [string, string, Readonly<Record<string, string>>],
  parameters: readonly (readonly [string, string])[] = [],
  as?: string,
): Promise<Record<string, string>> {
  const resource = `${classBase}${className}`;
  const inputs = parameters.map(([name, value]) => element(`n1:${name}`, value));
  const body = element(`n1:${method}_INPUT`, inputs);
  const answer = await send(idrac, soap({ action: `${resource}/${method}`, resource, selectors, body }), as);
  return { status: String(answer.status), ...outputsOf(answer.body) };
}

function outputsOf(body: XmlElement): Record<string, string> {
  return Object.fromEntries(body.children.map((one) => [one.name, deepText(one)]));
}

/** All text below an element: enough to find a job's id or a fault's subcode. */
export function deepText(one: XmlElement): string {
  return one.children.length === 0 ? one.text : one.children.map(deepText).join(' ');
}

/** SetAttributes of `VNCServer.1`. */
export function setVnc(
  idrac: Pick<SimulatedIdrac, 'https' | 'certificate'>,
  values: Readonly<Record<string, string>>,
  { as, method = 'SetAttributes' }: { as?: string; method?: string } = {},
): Promise<Record<string, string>> {
  const parameters: [string, string][] = [['Target', 'iDRAC.Embedded.1']];
  for (const [name, value] of Object.entries(values))
    parameters.push(['AttributeName', `VNCServer.1#${name}`], ['AttributeValue', value]);
  return invoke(idrac, ['DCIM_iDRACCardService', method, cardSelectors], parameters, as);
}

/** PATCH of attributes; the path that both generations have unless told. */
export async function patch(
  idrac: Pick<SimulatedIdrac, 'https' | 'certificate'>,
  attributes: Readonly<Record<string, unknown>>,
  { path = '/redfish/v1/Managers/iDRAC.Embedded.1/Attributes', ...more }: Partial<Ask> = {},
): Promise<Reply & { ids: string[] }> {
  const body = JSON.stringify({ Attributes: attributes });
  const reply = await ask(idrac, { ...more, method: 'PATCH', path, body });
  return { ...reply, ids: idsOf(reply.text) };
}

/** The MessageIds of an answer, without the version of their registry. */
export function idsOf(text: string): string[] {
  return [...text.matchAll(/"MessageId":"(\w+)\.[\d.]+\.(\w+)"/g)].map(
    ([, registry, id]) => `${registry}.${id}`,
  );
}

export function outcomes(journal: readonly JournalEntry[]): string[] {
  return journal.map(({ via, outcome }) => `${via} ${outcome}`);
}
