import { randomUUID } from 'node:crypto';
import type { Bmc } from '../bmc/create-bmc.ts';
import type { IdracUser } from '../bmc/types.ts';
import type { FaceAnswer, HttpAnswer } from '../https/face-answer.ts';
import { createContexts } from './create-contexts.ts';
import { classOf, enumerate, findInstance, getInstance, pull, writeInstance } from './enumerate.ts';
import { Fault, faultAction, faultBody, faults } from './faults.ts';
import { anonymous, classBase, ns } from './namespaces.ts';
import { identifyAction, readRequest, type WsmanRequest } from './read-request.ts';
import { element, envelope, type Xml } from './write-xml.ts';

/** Answers the body of a POST to /wsman by a user who is logged in. */
export type WsmanService = (user: IdracUser, text: string) => Promise<FaceAnswer>;

export function createWsmanService(bmc: Bmc): WsmanService {
  const contexts = createContexts(bmc.clock);

  const perform = async (user: IdracUser, request: WsmanRequest): Promise<FaceAnswer> => {
    if (bmc.misbehave.busyFault) throw new Fault(faults.concurrency);
    switch (request.action) {
      case identifyAction:
        return answer(bmc, request, identifyResponse);
      case `${ns.enumeration}/Enumerate`:
        return answer(bmc, request, enumerate(bmc, contexts, request));
      case `${ns.enumeration}/Pull`:
        return answer(bmc, request, pull(bmc, contexts, request));
      case `${ns.transfer}/Get`:
        return answer(bmc, request, getInstance(bmc, request));
      default:
        return invoke(bmc, user, request);
    }
  };

  return async (user, text) => {
    let request: WsmanRequest | undefined;
    try {
      request = readRequest(text);
      return await perform(user, request);
    } catch (error) {
      const fault = error instanceof Fault ? error : new Fault(faults.internal);
      return answerFault(bmc, request, fault);
    }
  };
}

/**
 * Invoke: the action is `<ResourceURI>/<Method>`, the body `<Method>_INPUT { parameter* }`, the answer `<Method>_OUTPUT`; both in the
 * namespace of the resource (DSP0227 clause 10).
 */
async function invoke(bmc: Bmc, user: IdracUser, request: WsmanRequest): Promise<FaceAnswer> {
  const cimClass = classOf(request.resource);
  const name = request.action.slice(request.resource.length + 1);
  const method = request.action.startsWith(`${request.resource}/`) && cimClass.methods?.[name];
  if (!method) throw new Fault(faults.unknownAction);
  findInstance(bmc, cimClass, request.selectors);
  const input = request.body;
  if (input?.name !== `${name}_INPUT` || input.namespace !== request.resource)
    throw new Fault(faults.malformed, `The body is not ${name}_INPUT of the resource.`);
  const all = (parameter: string) =>
    input.children
      .filter((one) => one.name === parameter && one.namespace === request.resource)
      .map(({ text }) => text);
  const output = await method({ bmc, user, all });
  if (output === 'lost') return 'lost';
  const job = output.job === undefined ? [] : [jobReference(output.job)];
  const body = writeInstance(`${name}_OUTPUT`, output.properties, job);
  return { ...answer(bmc, request, body), ...(output.afterwards && { afterwards: output.afterwards }) };
}

/** `Job { wsa:EndpointReference { wsa:Address, wsa:ReferenceParameters { wsman:ResourceURI, wsman:SelectorSet } } }` */
function jobReference(id: string): Xml {
  const selectors = [
    element('wsman:Selector', id, { Name: 'InstanceID' }),
    element('wsman:Selector', 'root/dcim', { Name: '__cimnamespace' }),
  ];
  return element(
    'n1:Job',
    element('wsa:EndpointReference', [
      element('wsa:Address', anonymous),
      element('wsa:ReferenceParameters', [
        element('wsman:ResourceURI', `${classBase}DCIM_LifecycleJob`),
        element('wsman:SelectorSet', selectors),
      ]),
    ]),
  );
}

const identifyResponse = element(
  'wsmid:IdentifyResponse',
  [
    element('wsmid:ProtocolVersion', ns.wsman),
    element('wsmid:ProductVendor', 'Openwsman Project'),
    element('wsmid:ProductVersion', '2.2.4'),
  ],
  { 'xmlns:wsmid': ns.identity },
);

const headers = { 'content-type': 'application/soap+xml;charset=UTF-8' };

function answer({ misbehave }: Bmc, request: WsmanRequest, body: Xml): HttpAnswer {
  const text = envelope({
    action: `${request.action}Response`,
    relatesTo: misbehave.wrongRelatesTo ? `uuid:${randomUUID()}` : request.messageId,
    messageId: `uuid:${randomUUID()}`,
    resource: request.resource || undefined,
    body,
  });
  return { status: 200, headers, body: text };
}

function answerFault({ misbehave }: Bmc, request: WsmanRequest | undefined, fault: Fault): HttpAnswer {
  const text = envelope({
    action: faultAction(fault),
    relatesTo: misbehave.wrongRelatesTo ? `uuid:${randomUUID()}` : request?.messageId,
    messageId: `uuid:${randomUUID()}`,
    body: faultBody(fault),
  });
  return { status: fault.status, headers, body: text };
}
