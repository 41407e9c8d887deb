import { ObservedState, Route } from '@consolemesh/contracts/conductor';
import { BootDevice, PowerAction } from '@consolemesh/contracts/driver';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { logLevels as levelsOfTheLogger } from '@consolemesh/mesh';
import { expect, test } from 'vitest';
import { wordsOf } from '../output/words.ts';
import { bootDevices, consoleKinds, logLevels, observedStates, powerActions, routes } from './choices.ts';

test.each([
  ['kinds', consoleKinds, wordsOf(ConsoleKind)],
  ['routes', routes, wordsOf(Route)],
  ['states', observedStates, wordsOf(ObservedState)],
  ['actions', powerActions, wordsOf(PowerAction)],
  ['devices', bootDevices, wordsOf(BootDevice)],
  ['levels', logLevels, levelsOfTheLogger],
] as const)('the %s that the command line offers are the words of the contract', (_, offered, words) => {
  expect(offered).toEqual(words);
});
