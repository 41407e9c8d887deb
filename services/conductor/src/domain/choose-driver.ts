import { MeshError, type Violation, violationsError } from '@consolemesh/errors';
import type { InterfaceName } from './node.ts';

/** A driver that could be asked about a node. */
export interface Candidate {
  readonly name: string;
  /** Whether it serves the interface at all. */
  serves(wanted: InterfaceName): boolean;
  /** How many options of the node it knows; a driver that knows none was not meant. */
  readonly knows: number;
  /** Asks it; undefined when no instance of it answers. Throws when it answers with an error. */
  validate(): Promise<readonly Violation[] | undefined>;
}

/** Which driver works for an interface. */
export interface Choice {
  readonly driver: string;
  readonly why: string;
}

/**
 * Chooses the driver of one interface: the named one, or for `auto` the first of `candidates` (they are in the order of the
 * configuration) that knows an option of the node and finds no mistake in it. A driver that cannot answer is passed over by `auto`, which
 * says so.
 * @throws MeshError DRIVER_NOT_FOUND, DRIVER_UNAVAILABLE, NO_DRIVER (its message holds every driver's reason, its violations the mistakes
 * that the driver finds that was probably meant), or the violations
 */
export async function chooseDriver(
  wanted: InterfaceName,
  setting: string,
  candidates: readonly Candidate[],
): Promise<Choice> {
  if (setting === 'none') {
    throw new MeshError('NO_DRIVER', `The interface ${wanted} of this node is none: name a driver, or auto.`);
  }
  if (setting !== 'auto' && setting !== '') return chooseNamed(wanted, setting, candidates);
  const passed: Refusal[] = [];
  for (const candidate of candidates) {
    const refusal = await refusalOf(candidate, wanted);
    if (!refusal) {
      const others = passed.length === 0 ? '' : ` (${inWords(passed)})`;
      return {
        driver: candidate.name,
        why: `auto: ${candidate.name} is the first driver that accepts the node${others}.`,
      };
    }
    passed.push(refusal);
  }
  if (passed.length === 0) throw new MeshError('NO_DRIVER', 'No driver is known to the conductor yet.');
  throw new MeshError('NO_DRIVER', `No driver accepts this node: ${inWords(passed)}.`, {
    violations: meant(passed)?.violations ?? [],
  });
}

/** Why `auto` does not take a driver. */
interface Refusal {
  readonly candidate: Candidate;
  readonly why: string;
  /** The mistakes that it finds. */
  readonly violations: readonly Violation[];
}

const inWords = (refusals: readonly Refusal[]) =>
  refusals.map(({ candidate, why }) => `${candidate.name}: ${why}`).join('; ');

/** Of the drivers that find mistakes, the one that knows most of the node's options. */
function meant(refusals: readonly Refusal[]): Refusal | undefined {
  return refusals
    .filter(({ violations }) => violations.length > 0)
    .reduce<Refusal | undefined>(
      (best, item) => (item.candidate.knows > (best?.candidate.knows ?? 0) ? item : best),
      undefined,
    );
}

async function chooseNamed(
  wanted: InterfaceName,
  name: string,
  candidates: readonly Candidate[],
): Promise<Choice> {
  const candidate = candidates.find((item) => item.name === name);
  if (!candidate)
    throw new MeshError('DRIVER_NOT_FOUND', `The driver ${name} is not known to the conductor.`);
  if (!candidate.serves(wanted))
    throw new MeshError('NO_DRIVER', `The driver ${name} serves no ${wanted} interface.`);
  const violations = await candidate.validate();
  if (violations === undefined)
    throw new MeshError('DRIVER_UNAVAILABLE', `No instance of the driver ${name} answers.`);
  if (violations.length > 0) throw violationsError(violations);
  return { driver: name, why: `The node names ${name}.` };
}

async function refusalOf(candidate: Candidate, wanted: InterfaceName): Promise<Refusal | undefined> {
  const because = (why: string, violations: readonly Violation[] = []) => ({ candidate, why, violations });
  if (!candidate.serves(wanted)) return because(`serves no ${wanted} interface`);
  if (candidate.knows === 0) return because('knows no option of this node');
  let violations: readonly Violation[] | undefined;
  try {
    violations = await candidate.validate();
  } catch (error) {
    if (error instanceof MeshError && error.reason !== 'CANCELLED') return because(error.message);
    throw error;
  }
  if (violations === undefined) return because('no instance answers');
  if (violations.length === 0) return undefined;
  return because(violations.map(({ field, message }) => `${field}: ${message}`).join(', '), violations);
}
