import { attachCases } from '../attachCases.ts';
import type { Case } from '../case.ts';
import { pluginCases } from '../pluginCases.ts';
import { containerCases } from './containerCases.ts';
import type { ProviderEnv } from './environment.ts';
import { keyCases } from './keyCases.ts';
import { watchCases } from './watchCases.ts';

/** Everything that provider/v1/SPEC.md asks for and that can be tried from outside. */
export const providerCases: readonly Case<ProviderEnv>[] = [
  ...pluginCases('PROV'),
  ...keyCases,
  ...containerCases,
  ...watchCases,
  ...attachCases,
];
