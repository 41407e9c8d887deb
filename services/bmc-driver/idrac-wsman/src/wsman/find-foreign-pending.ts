import type { WsmanClient } from '@consolemesh/wsman';
import { vncGroup } from './read-attributes.ts';
import { resource } from './resources.ts';

/**
 * Attributes outside the group `VNCServer.1` that wait for a configuration job, as `Group.1#Name`. A job takes all that waits at the iDRAC,
 * so one of ours would carry out what somebody else has only prepared.
 * @throws WsmanError, HttpError
 */
export async function findForeignPending(client: WsmanClient, signal: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  for (const uri of [resource.cardEnumeration, resource.cardInteger, resource.cardString]) {
    for (const instance of await client.enumerate(uri, { signal })) {
      const group = instance.text('GroupID');
      if (group !== vncGroup && instance.text('PendingValue'))
        found.push(`${group}#${instance.text('AttributeName')}`);
    }
  }
  return found;
}
