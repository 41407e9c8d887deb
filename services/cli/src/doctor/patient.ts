import type { Console, Node } from '@consolemesh/contracts/conductor';

/** What is examined. */
export interface Patient {
  readonly node: Node;
  readonly kind: 'graphical' | 'serial';
  /** As the conductor sees it now. */
  readonly console: Console;
}

/** A command about the console of a patient, such as `consolemesh console enable n1 --kind serial`. */
export function aboutConsole(verb: string, { node, kind }: Patient): string {
  return `consolemesh console ${verb} ${node.name}${kind === 'serial' ? ' --kind serial' : ''}`;
}
