import {
  PowerAction as ProtoAction,
  BootDevice as ProtoBootDevice,
  PowerState as ProtoState,
} from '@consolemesh/contracts/driver';
import { ConsoleKind, EndpointKind as ProtoEndpointKind, Role } from '@consolemesh/contracts/types';
import { violationsError } from '@consolemesh/errors';
import type { BootDevice, EndpointKind, Kind, PowerAction, PowerState } from './driver.ts';

/** The domain's words and the contract's numbers, both ways. */
export const kinds = twoWay<Kind, ConsoleKind>([
  ['graphical', ConsoleKind.GRAPHICAL],
  ['serial', ConsoleKind.SERIAL],
]);
export const endpointKinds = twoWay<EndpointKind, ProtoEndpointKind>([
  ['tcp', ProtoEndpointKind.TCP],
  ['relay', ProtoEndpointKind.RELAY],
  ['container', ProtoEndpointKind.CONTAINER],
]);
export const roles = twoWay<'control' | 'view', Role>([
  ['control', Role.CONTROL],
  ['view', Role.VIEW],
]);
export const powerStates = twoWay<PowerState, ProtoState>([
  ['on', ProtoState.ON],
  ['off', ProtoState.OFF],
  ['unknown', ProtoState.UNSPECIFIED],
]);
export const powerActions = twoWay<PowerAction, ProtoAction>([
  ['on', ProtoAction.ON],
  ['off', ProtoAction.OFF],
  ['soft-off', ProtoAction.SOFT_OFF],
  ['cycle', ProtoAction.CYCLE],
  ['reset', ProtoAction.RESET],
  ['nmi', ProtoAction.NMI],
]);
export const bootDevices = twoWay<BootDevice, ProtoBootDevice>([
  ['pxe', ProtoBootDevice.PXE],
  ['disk', ProtoBootDevice.DISK],
  ['cdrom', ProtoBootDevice.CDROM],
  ['setup', ProtoBootDevice.SETUP],
  ['none', ProtoBootDevice.NONE],
]);

/** A word for each number and a number for each word. */
export interface TwoWay<W extends string, N extends number> {
  number(word: W): N;
  word(number: number): W | undefined;
  /** The word, or FIELD_INVALID that names the field and the words that are possible. */
  require(number: number, field: string): W;
}

function twoWay<W extends string, N extends number>(pairs: readonly (readonly [W, N])[]): TwoWay<W, N> {
  const numbers = new Map(pairs);
  const words = new Map<number, W>(pairs.map(([word, number]) => [number, word]));
  return {
    number: (word) => numbers.get(word)!,
    word: (number) => words.get(number),
    require(number, field) {
      const word = words.get(number);
      if (word !== undefined) return word;
      const message = `${number} is not allowed; expected one of ${[...numbers.keys()].join(', ')}`;
      throw violationsError([{ field, reason: number === 0 ? 'FIELD_REQUIRED' : 'FIELD_INVALID', message }]);
    },
  };
}
