import type { InterfaceValidation, Node } from '@consolemesh/contracts/conductor';
import type { FieldViolation } from '@consolemesh/contracts/types';
import type { Reason } from '@consolemesh/errors';
import type { Conductor } from '../context.ts';
import type { Check } from './check.ts';

/** The steps on the way to a machine, in the order in which they can fail, and the reasons that mean that one did. */
const steps: readonly { name: string; passed: string; reasons: readonly Reason[]; advice: string }[] = [
  {
    name: 'name',
    passed: 'the address resolves',
    reasons: ['BMC_NAME_NOT_FOUND'],
    advice:
      'Check the address with `consolemesh node show NODE` and the name service of the host that runs the driver.',
  },
  {
    name: 'port',
    passed: 'the port is reached',
    reasons: ['BMC_UNREACHABLE', 'BMC_REFUSED', 'BMC_TIMEOUT', 'BMC_BUSY'],
    advice:
      'Check the port, that the console server of the machine is switched on, and the way there from the host that runs the driver.',
  },
  {
    name: 'protocol',
    passed: 'what answers there is what the driver speaks to',
    reasons: ['BMC_PROTOCOL_ERROR', 'BMC_SECURITY_UNSUPPORTED', 'BMC_ERROR'],
    advice: 'Check the port, and which kinds of security the machine offers.',
  },
  {
    name: 'certificate',
    passed: 'no complaint about its certificate',
    reasons: ['BMC_CERTIFICATE_REFUSED', 'BMC_TLS_FAILED'],
    advice:
      'Set the authority or the fingerprint of the machine; `consolemesh driver show DRIVER` names the options.',
  },
  {
    name: 'authentication',
    passed: 'no complaint about the credentials',
    reasons: ['BMC_AUTHENTICATION_FAILED', 'BMC_PASSWORD_REQUIRED', 'BMC_LOCKED_OUT'],
    advice: 'Set the right credentials with `consolemesh node set NODE --secret KEY=@FILE`.',
  },
];

/** What the driver finds on the way to the machine, step by step; what lies behind the first failure is skipped. */
export async function checkMachine(conductor: Conductor, node: Node, kind: string): Promise<Check[]> {
  const { interfaces } = await conductor.nodes.validateNode({ node: node.id, checkReachability: true });
  const validation = interfaces.find((one) => one.interface === kind);
  const driver = checkDriver(validation, kind);
  if (!validation || driver.state === 'failed') return [driver, ...skipAll()];
  const options = checkOptions(validation);
  if (options.state === 'failed') return [driver, options, ...skipAll()];
  return [driver, options, ...climb(validation.violations)];
}

function checkDriver(validation: InterfaceValidation | undefined, kind: string): Check {
  if (validation?.driver) {
    return { name: 'driver', state: 'ok', message: `${validation.driver}: ${validation.why || 'chosen'}` };
  }
  return {
    name: 'driver',
    state: 'failed',
    message: validation?.why || `no driver makes the ${kind} console of this machine`,
    advice:
      'See `consolemesh driver list`, and set what the driver needs with `consolemesh node set NODE --info KEY=VALUE`.',
  };
}

function isStep(reason: string): boolean {
  return steps.some(({ reasons }) => (reasons as readonly string[]).includes(reason));
}

function checkOptions({ violations, driver }: InterfaceValidation): Check {
  const wrong = violations.filter(({ reason }) => !isStep(reason));
  if (wrong.length === 0) return { name: 'options', state: 'ok', message: 'complete and well-formed' };
  return {
    name: 'options',
    state: 'failed',
    message: wrong.map(({ field, message }) => `${field}: ${message}`).join('; '),
    advice: `\`consolemesh driver show ${driver}\` explains the options; set them with \`consolemesh node set NODE --info KEY=VALUE\`.`,
  };
}

function climb(violations: readonly FieldViolation[]): Check[] {
  let failed = false;
  return steps.map(({ name, passed, reasons, advice }) => {
    const violation = violations.find(({ reason }) => (reasons as readonly string[]).includes(reason));
    if (failed) return { name, state: 'skipped' as const, message: 'not reached' };
    if (!violation) return { name, state: 'ok' as const, message: passed };
    failed = true;
    return { name, state: 'failed' as const, message: violation.message, advice };
  });
}

function skipAll(): Check[] {
  return steps.map(({ name }) => ({ name, state: 'skipped' as const, message: 'not reached' }));
}
