import type { Instance, WsmanClient } from '@consolemesh/wsman';
import type { Attribute, Attributes } from '../settings-port.ts';
import { enumerateSome } from './enumerate-some.ts';
import { resource } from './resources.ts';

/** Attributes are spread over a class for each type; the password's (strings) tells nothing. */
const classes = [resource.cardEnumeration, resource.cardInteger];

/**
 * Reads the group `VNCServer.1`.
 * @throws WsmanError, HttpError
 */
export async function readAttributes(client: WsmanClient, signal: AbortSignal): Promise<Attributes> {
  const attributes = new Map<string, Attribute>();
  for (const uri of classes) {
    const group = { property: 'GroupID', value: 'VNCServer.1' };
    for (const instance of await enumerateSome(client, uri, group, signal)) {
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
