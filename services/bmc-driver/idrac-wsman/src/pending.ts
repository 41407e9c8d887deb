import { MeshError } from '@consolemesh/errors';
import { sameValue } from './same-value.ts';
import type { Attributes, Values } from './settings-port.ts';

/**
 * Refuses to go on while something waits for a configuration job that is not `ours`: a job takes all that waits, and a console that is
 * about to be switched off is no console.
 * @throws MeshError BMC_NOT_READY
 */
export function refusePending(attributes: Attributes, ours: Values, where: string): void {
  const waiting = [...attributes].flatMap(([name, { value, pending }]) => {
    if (pending === undefined || sameValue(name, pending, value)) return [];
    const wanted = ours[name];
    return wanted !== undefined && sameValue(name, pending, wanted) ? [] : [`${name} = ${pending}`];
  });
  if (waiting.length === 0) return;
  throw new MeshError(
    'BMC_NOT_READY',
    `${where}: a change of the VNC server waits for a configuration job or runs in one (${waiting.join(', ')}). It is asked again; if nobody applies the change, delete it.`,
  );
}
