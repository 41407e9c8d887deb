import type { Generation } from '../bmc/types.ts';
import type { HttpAnswer } from '../https/face-answer.ts';

/**
 * Messages of the registries (DSP8011 for Base; SYS, SWC and PSU are the iDRAC's own): severity and text, `%1` is replaced by an argument.
 * The version in a MessageId is that of the firmware's registry and differs between firmwares.
 */
const texts = {
  'Base.Success': ['OK', 'Successfully Completed Request'],
  'Base.Created': ['OK', 'The resource has been created successfully'],
  'Base.AccessDenied': [
    'Critical',
    'The authentication credentials included with this request are missing or invalid.',
  ],
  'Base.InsufficientPrivilege': [
    'Critical',
    'There are insufficient privileges for the account or credentials associated with the current session to perform the requested operation.',
  ],
  'Base.SessionLimitExceeded': [
    'Critical',
    'The session establishment failed due to the number of simultaneous sessions exceeding the limit of the implementation.',
  ],
  'Base.MalformedJSON': [
    'Critical',
    'The request body submitted was malformed JSON and could not be parsed by the receiving service.',
  ],
  'Base.PropertyMissing': [
    'Warning',
    'The property %1 is a required property and must be included in the request.',
  ],
  'Base.PropertyUnknown': [
    'Warning',
    'The property %1 is not in the list of valid properties for the resource.',
  ],
  'Base.PropertyNotWritable': [
    'Warning',
    'The property %1 is a read only property and cannot be assigned a value.',
  ],
  'Base.PropertyValueNotInList': [
    'Warning',
    'The value for the property %1 is not in the list of acceptable values.',
  ],
  'Base.PropertyValueTypeError': [
    'Warning',
    'The value for the property %1 is of a different type than the property can accept.',
  ],
  'Base.PropertyValueOutOfRange': [
    'Warning',
    'The value for the property %1 is out of the range of acceptable values.',
  ],
  'Base.PropertyValueFormatError': [
    'Warning',
    'The value for the property %1 is of a different format than the property can accept.',
  ],
  'Base.StringValueTooLong': ['Warning', 'The string for the property %1 exceeds the length limit.'],
  'Base.ActionParameterNotSupported': ['Warning', 'The value for the parameter %1 is not supported.'],
  'Base.ResourceMissingAtURI': ['Critical', 'The resource at the URI %1 was not found.'],
  'Base.ResourceInUse': [
    'Warning',
    'The change to the requested resource failed because the resource is in use or in transition.',
  ],
  'Base.GeneralError': ['Critical', '%1'],
  'IDRAC.SYS402': [
    'Informational',
    'Unable to run the method because the requested HTTP method is not allowed.',
  ],
  'IDRAC.SYS403': [
    'Critical',
    'Unable to complete the operation because the resource %1 entered in not found.',
  ],
  'IDRAC.SYS405': [
    'Critical',
    'Unable to complete the operation because the JSON data format entered is invalid.',
  ],
  'IDRAC.SYS413': ['Informational', 'The operation successfully completed.'],
  'IDRAC.SYS518': [
    'Informational',
    'iDRAC is currently unable to display any information because data sources are unavailable.',
  ],
  'IDRAC.SWC0700': [
    'Warning',
    'iDRAC is not ready. The configuration values cannot be accessed. Please retry after a few minutes.',
  ],
  'IDRAC.PSU501': ['Informational', 'Server is already powered ON.'],
  'IDRAC.PSU502': ['Informational', 'Server is already powered OFF.'],
} as const satisfies Record<string, readonly [string, string]>;

export type RedfishMessageId = keyof typeof texts;

/** A message by its id, with arguments. */
export type Said = readonly [RedfishMessageId, ...string[]];

/** Writes answers as a generation does. */
export interface Answers {
  json(status: number, body: object, headers?: HttpAnswer['headers']): HttpAnswer;
  /** Success without a resource. */
  done(...messages: readonly Said[]): HttpAnswer;
  error(status: number, ...messages: readonly Said[]): HttpAnswer;
}

export function createAnswers(generation: Generation): Answers {
  const versions = generation === '8' ? { Base: '1.0', IDRAC: '1.4' } : { Base: '1.8', IDRAC: '2.4' };
  const extended = (messages: readonly Said[]) =>
    messages.map(([id, ...args]) => {
      const [registry, name] = id.split('.') as ['Base' | 'IDRAC', string];
      const [severity, text] = texts[id];
      return {
        Message: text.replace('%1', args[0] ?? ''),
        MessageArgs: args,
        'MessageArgs@odata.count': args.length,
        MessageId: `${registry}.${versions[registry]}.${name}`,
        RelatedProperties: [],
        'RelatedProperties@odata.count': 0,
        Severity: severity,
      };
    });
  const json: Answers['json'] = (status, body, headers = {}) => ({
    status,
    headers: { 'content-type': 'application/json;odata.metadata=minimal;charset=utf-8', ...headers },
    body: JSON.stringify(body),
  });
  return {
    json,
    done: (...messages) => json(200, { '@Message.ExtendedInfo': extended(messages) }),
    error: (status, ...messages) =>
      json(status, {
        error: {
          '@Message.ExtendedInfo': extended(messages),
          code: `Base.${versions.Base}.GeneralError`,
          message: 'A general error has occurred. See ExtendedInfo for more information',
        },
      }),
  };
}
