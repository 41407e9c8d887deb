import type { Instance } from '@consolemesh/wsman';
import type { Attribute, Attributes } from '../settings-port.ts';
import type { Enumerator } from './create-enumerator.ts';
import { resource } from './resources.ts';

/** Attributes are spread over a class for each type; the password's (strings) tells nothing. */
const classes = [resource.cardEnumeration, resource.cardInteger];

/** The group whose attributes are read and written. */
export const vncGroup = 'VNCServer.1';

/**
 * Reads the group `VNCServer.1`.
 * @throws WsmanError, HttpError
 */
export async function readAttributes(enumerate: Enumerator, signal: AbortSignal): Promise<Attributes> {
  const attributes = new Map<string, Attribute>();
  for (const uri of classes) {
    for (const instance of await enumerate(uri, { property: 'GroupID', value: vncGroup }, signal)) {
      const name = instance.text('AttributeName');
      if (name !== undefined) attributes.set(name, attributeOf(instance));
    }
  }
  return attributes;
}

function attributeOf(instance: Instance): Attribute {
  const choices = instance.all('PossibleValues');
  return {
    value: instance.text('CurrentValue') ?? '',
    pending: instance.text('PendingValue') || undefined,
    readOnly: instance.text('IsReadOnly')?.toLowerCase() === 'true',
    choices: choices.length > 0 ? choices : undefined,
  };
}
