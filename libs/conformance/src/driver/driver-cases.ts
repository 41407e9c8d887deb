import { EndpointKind } from '@consolemesh/contracts/types';
import { attachCases, type RelayEnv } from '../attach-cases.ts';
import type { Case } from '../case.ts';
import { newAttachKey } from '../environment.ts';
import { pluginCases } from '../plugin-cases.ts';
import { sharedLineCases } from '../shared-line-cases.ts';
import { consoleCases } from './console-cases.ts';
import type { DriverEnv } from './environment.ts';
import { keyCases } from './key-cases.ts';
import { kindnessCases } from './kindness-cases.ts';
import { machineCases } from './machine-cases.ts';
import { optionCases } from './option-cases.ts';
import { watchCases } from './watch-cases.ts';

/** Everything that driver/v1/SPEC.md asks for and that can be tried from outside. */
export const driverCases: readonly Case<DriverEnv>[] = [
  ...pluginCases('DRV'),
  ...keyCases,
  ...optionCases,
  ...consoleCases,
  ...watchCases,
  ...machineCases,
  ...kindnessCases,
  ...[...attachCases, ...sharedLineCases].map((attach) => ({
    ...attach,
    run: (env: DriverEnv) => attach.run(relayEnv(env)),
  })),
];

function relayEnv(env: DriverEnv): RelayEnv {
  const relayKinds = env.kinds.filter((kind) => env.of(kind)?.endpointKinds.includes(EndpointKind.RELAY));
  return Object.assign(env, {
    relayKinds,
    breakEcho: env.subject.breakEcho,
    fastLine: env.subject.fastLine,
    anotherTarget: () => env.subject.targets[1],
    async startRelay(kind: RelayEnv['relayKinds'][number], { dying = false } = {}) {
      const node = dying ? env.subject.dying : env.subject.node;
      if (!node) return undefined;
      const { request, answer, context } = await env.start({ kind, acceptable: [EndpointKind.RELAY], node });
      return {
        maxSessions: answer.endpoints[0]?.maxSessions || 1,
        ticket: (fields: Parameters<DriverEnv['ticket']>[1]) => env.ticket(request, fields),
        forged: () => env.ticket({ ...request, attachKey: newAttachKey() }),
        stop: () => env.driver.stopConsole({ context }),
      };
    },
  });
}
