import { MeshError, type Violation, violationsError } from '@consolemesh/errors';
import type { InterfaceName } from './node.ts';

/** A driver that could be asked about a node. */
export interface Candidate {
  readonly name: string;
  /** Whether it serves the interface at all. */
  serves(wanted: InterfaceName): boolean;
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
 * configuration) that finds no mistake in the node. A driver that cannot answer is passed over by `auto`, which says so.
 * @throws MeshError DRIVER_NOT_FOUND, DRIVER_UNAVAILABLE, NO_DRIVER (its message holds every driver's reason), or the violations
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
  const reasons: string[] = [];
  for (const candidate of candidates) {
    const reason = await refusal(candidate, wanted);
    if (reason === undefined) {
      const passed = reasons.length === 0 ? '' : ` (${reasons.join('; ')})`;
      return {
        driver: candidate.name,
        why: `auto: ${candidate.name} is the first driver that accepts the node${passed}.`,
      };
    }
    reasons.push(`${candidate.name}: ${reason}`);
  }
  const message =
    reasons.length === 0
      ? 'No driver is known to the conductor yet.'
      : `No driver accepts this node: ${reasons.join('; ')}.`;
  throw new MeshError('NO_DRIVER', message);
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

async function refusal(candidate: Candidate, wanted: InterfaceName): Promise<string | undefined> {
  if (!candidate.serves(wanted)) return `serves no ${wanted} interface`;
  let violations: readonly Violation[] | undefined;
  try {
    violations = await candidate.validate();
  } catch (error) {
    if (error instanceof MeshError && error.reason !== 'CANCELLED') return error.message;
    throw error;
  }
  if (violations === undefined) return 'no instance answers';
  if (violations.length === 0) return undefined;
  // A driver to which the options mean nothing is not the one that was meant: its own list of options would only be noise.
  if (violations.every(({ reason }) => reason === 'FIELD_UNKNOWN')) {
    return `does not know ${violations.map(({ field }) => field).join(', ')}`;
  }
  return violations.map(({ field, message }) => `${field}: ${message}`).join(', ');
}
