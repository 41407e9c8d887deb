import type { InterfaceValidation } from '@consolemesh/contracts/conductor';
import type { FieldViolation } from '@consolemesh/contracts/types';
import type { Conductor } from '../context.ts';
import { type Check, skipped } from './check.ts';
import type { Patient } from './patient.ts';
import { isStep, stepOf, steps, usualSteps } from './steps.ts';

/** Mistakes that mean that there is no driver to ask, rather than that it found one. */
const driverReasons = ['NO_DRIVER', 'DRIVER_NOT_FOUND', 'DRIVER_UNAVAILABLE'];

/** What the driver finds on the way to the machine, step by step; what lies behind the first failure is skipped. */
export async function checkMachine(conductor: Conductor, patient: Patient): Promise<Check[]> {
  const { interfaces } = await conductor.nodes.validateNode({
    node: patient.node.id,
    checkReachability: true,
  });
  const validation = interfaces.find((one) => one.interface === patient.kind);
  const driver = checkDriver(validation, patient);
  if (!validation || driver.state === 'failed') {
    return [
      driver,
      ...[{ name: 'options' }, ...usualSteps].map(({ name }) => skipped(name, 'there is no driver to ask')),
    ];
  }
  const options = checkOptions(validation, patient);
  if (options.state === 'failed') {
    return [driver, options, ...usualSteps.map(({ name }) => skipped(name, 'options are wrong'))];
  }
  return [driver, options, ...climb(validation, patient)];
}

function checkDriver(validation: InterfaceValidation | undefined, { node, kind }: Patient): Check {
  const name = 'driver';
  const choose = `choose one with \`consolemesh node set ${node.name} --${kind} auto\` or by its name`;
  if (!validation) {
    const message = `the ${kind} interface of ${node.name} is none`;
    return {
      name,
      state: 'failed',
      message,
      advice: `\`consolemesh driver list\` shows drivers; ${choose}.`,
    };
  }
  const missing = validation.violations.find(({ reason }) => driverReasons.includes(reason));
  if (missing?.reason === 'DRIVER_UNAVAILABLE') {
    const advice = `Start the driver ${validation.driver}; \`consolemesh driver list\` shows which instances are ready.`;
    return { name, state: 'failed', message: missing.message, advice };
  }
  if (missing) {
    const advice = `\`consolemesh driver list\` shows drivers; ${choose}.`;
    return { name, state: 'failed', message: missing.message, advice };
  }
  if (validation.driver) {
    return { name, state: 'ok', message: `${validation.driver}: ${validation.why || 'chosen'}` };
  }
  const settings = setCommand(validation.violations, node.name);
  return {
    name,
    state: 'failed',
    message: validation.why || `no driver makes the ${kind} console of ${node.name}`,
    advice: settings
      ? `Set what the driver needs with \`${settings}\`.`
      : `\`consolemesh driver list\` shows drivers, \`consolemesh driver show\` their options; ${choose}.`,
  };
}

function checkOptions({ violations, driver }: InterfaceValidation, { node }: Patient): Check {
  const wrong = violations.filter(({ reason }) => !isStep(reason));
  if (wrong.length === 0) return { name: 'options', state: 'ok', message: 'complete and well-formed' };
  const settings = setCommand(wrong, node.name);
  return {
    name: 'options',
    state: 'failed',
    message: wrong.map(({ field, message }) => `${field}: ${message}`).join('; '),
    advice: `\`consolemesh driver show ${driver}\` explains the options${settings ? `; set them with \`${settings}\`` : ''}.`,
  };
}

/** The command that sets the fields of mistakes; empty when they are no options. */
function setCommand(violations: readonly FieldViolation[], node: string): string {
  const options = new Set(
    violations.flatMap(({ field, reason }) => {
      const [map, key] = field.split('.', 2);
      if (key === undefined) return [];
      if (reason === 'FIELD_UNKNOWN') return [`--unset ${field}`];
      if (map === 'driver_info') return [`--info ${key}=VALUE`];
      return map === 'driver_secrets' ? [`--secret ${key}=@FILE`] : [];
    }),
  );
  return options.size === 0 ? '' : `consolemesh node set ${node} ${[...options].join(' ')}`;
}

/** Each step up to the one that failed; a step that only shows when it fails is left out otherwise. */
function climb({ violations, driver }: InterfaceValidation, patient: Patient): Check[] {
  const failing = stepOf(violations);
  let reached = true;
  return steps.flatMap((step): Check[] => {
    const { name, passed } = step;
    if (step !== failing?.step) {
      if (!passed) return [];
      if (!reached) return [skipped(name, `${failing?.step.name} failed`)];
      return [{ ...passed({ ...patient, driver }), name }];
    }
    reached = false;
    const { field, message } = failing.violation;
    const key = field.split('.')[1];
    const advice = step.advice({ ...patient, driver }, key);
    return [{ name, state: 'failed', message, advice }];
  });
}
