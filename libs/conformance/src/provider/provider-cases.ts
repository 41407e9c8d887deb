import { attachCases } from '../attach-cases.ts';
import type { Case } from '../case.ts';
import { pluginCases } from '../plugin-cases.ts';
import { sharedLineCases } from '../shared-line-cases.ts';
import { containerCases } from './container-cases.ts';
import type { ProviderEnv } from './environment.ts';
import { keyCases } from './key-cases.ts';
import { watchCases } from './watch-cases.ts';

/** Everything that provider/v1/SPEC.md asks for and that can be tried from outside. */
export const providerCases: readonly Case<ProviderEnv>[] = [
  ...pluginCases('PROV'),
  ...keyCases,
  ...containerCases,
  ...watchCases,
  ...attachCases,
  ...sharedLineCases,
];
