import { MeshError } from '@consolemesh/errors';
import { pause } from './pause.ts';
import { sameValue } from './plan.ts';
import type { Attributes, Values } from './settings-port.ts';

/**
 * Reads until what was written is in force: an iDRAC that says "done" is not believed.
 * @throws MeshError BMC_ERROR when it is not by the end of `limit`
 */
export async function awaitApplied(
  read: () => Promise<Attributes>,
  values: Values,
  { where, pollMs, limit }: { where: string; pollMs: number; limit: AbortSignal },
): Promise<void> {
  // A password reads back as asterisks; whether it counts shows at the VNC server.
  const visible = Object.entries(values).filter(([name]) => name !== 'Password');
  for (;;) {
    const now = await read();
    const wrong = visible.find(([name, value]) => !sameValue(name, now.get(name)?.value ?? '', value));
    if (!wrong) return;
    if (!(await pause(pollMs, limit))) {
      const [name, value] = wrong;
      throw new MeshError(
        'BMC_ERROR',
        `${where}: the iDRAC has accepted VNCServer.1#${name} = ${value} and still says ${now.get(name)?.value ?? 'nothing'}.`,
      );
    }
  }
}
