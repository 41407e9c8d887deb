import type { WsmanClient } from '@consolemesh/wsman';
import { vncGroup } from './read-attributes.ts';
import { resource } from './resources.ts';

/**
 * Attributes that wait for a configuration job and are not `ours`, as `Group.1#Name`. A job takes all that waits at the iDRAC, so one of
 * ours would carry out what somebody else has only prepared.
 * @param ours names of the group `VNCServer.1`
 * @throws WsmanError, HttpError
 */
export async function findForeignPending(
  client: WsmanClient,
  ours: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const found: string[] = [];
  for (const uri of [resource.cardEnumeration, resource.cardInteger, resource.cardString]) {
    for (const instance of await client.enumerate(uri, { signal })) {
      const group = instance.text('GroupID');
      const name = instance.text('AttributeName') ?? '';
      if (!instance.text('PendingValue') || (group === vncGroup && ours.includes(name))) continue;
      found.push(`${group}#${name}`);
    }
  }
  return found;
}
