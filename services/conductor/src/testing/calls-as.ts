import { onBehalfKey } from '@consolemesh/mesh';
import { Metadata } from 'nice-grpc-common';

/** Options of a call that `local` makes for a user of some groups: `callsAs('user/ada', 'group/ops')`. */
export function callsAs(user: string, ...groups: string[]) {
  return { metadata: Metadata({ [onBehalfKey]: [user, ...groups].join(',') }) };
}
