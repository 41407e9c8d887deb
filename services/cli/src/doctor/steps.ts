import { isIP } from 'node:net';
import { ObservedState } from '@consolemesh/contracts/conductor';
import type { FieldViolation } from '@consolemesh/contracts/types';
import type { Reason } from '@consolemesh/errors';
import { type Check, skipped } from './check.ts';
import type { Patient } from './patient.ts';

/** A patient and the driver that looks at its machine. */
type Case = Patient & { readonly driver: string };

/** One step on the way to a machine. */
export interface Step {
  readonly name: string;
  /** That mean that it failed. */
  readonly reasons: readonly Reason[];
  /** What is known when the driver has no complaint. A step without it is told of only when it failed. */
  readonly passed?: (found: Case) => Omit<Check, 'name'>;
  /** What to do when it failed; `key` is the option that the driver finds wrong. */
  readonly advice: (found: Case, key: string | undefined) => string;
}

const ok = (message: string) => ({ state: 'ok' as const, message });
const option = (key: string | undefined, fallback: string) => (key ? `--info ${key}=VALUE` : fallback);

/**
 * The steps in the order in which they can fail. A driver tells mistakes only, so what it does not complain of counts as checked where its
 * contract makes it look (DRV-VALIDATE-4: a machine that cannot be used is a mistake); else the step says what nobody looked at.
 */
export const steps: readonly Step[] = [
  {
    name: 'name',
    reasons: ['BMC_NAME_NOT_FOUND'],
    passed: ({ node, driver }) => {
      const addresses = Object.entries(node.driverInfo).flatMap(([key, value]) =>
        /_(address|host)$/.test(key) ? [value] : [],
      );
      const names = addresses.filter((address) => isIP(address.replace(/%.*$/, '')) === 0);
      if (names.length > 0) return ok(`the driver ${driver} resolves ${names.join(' and ')}`);
      const because =
        addresses.length > 0
          ? `${addresses.join(' and ')} is no name but an address`
          : 'no option holds an address';
      return skipped('', because);
    },
    advice: ({ node, driver }, key) =>
      `Check the name service of the host that runs the driver ${driver}, or set another address with \`consolemesh node set ${node.name} ${option(key, '--info KEY=VALUE')}\`.`,
  },
  {
    name: 'port',
    reasons: ['BMC_UNREACHABLE', 'BMC_REFUSED', 'BMC_TIMEOUT', 'BMC_BUSY'],
    passed: ({ driver }) => ok(`the driver ${driver} reaches it`),
    advice: ({ node, driver }) =>
      `Check the address and the port (\`consolemesh node show ${node.name}\`), that the console server of the machine is switched on, and the way there from the host that runs the driver ${driver}.`,
  },
  {
    name: 'protocol',
    reasons: ['BMC_PROTOCOL_ERROR', 'BMC_SECURITY_UNSUPPORTED', 'BMC_ERROR'],
    passed: ({ driver }) => ok(`what answers there is what the driver ${driver} speaks to`),
    advice: ({ node, driver }) =>
      `Check the port (\`consolemesh node show ${node.name}\`), and which kinds of security the machine offers and the options allow (\`consolemesh driver show ${driver}\`).`,
  },
  {
    name: 'certificate',
    reasons: ['BMC_CERTIFICATE_REFUSED', 'BMC_TLS_FAILED'],
    passed: ({ console, driver }) =>
      skipped(
        '',
        console.unverifiedTls
          ? 'the options of the node say that it is not judged'
          : `the driver ${driver} does not say whether the connection uses TLS; it has no complaint`,
      ),
    advice: ({ driver }) =>
      `Set the authority or the fingerprint of the machine; \`consolemesh driver show ${driver}\` names the options.`,
  },
  {
    name: 'authentication',
    reasons: ['BMC_AUTHENTICATION_FAILED', 'BMC_PASSWORD_REQUIRED', 'BMC_LOCKED_OUT'],
    passed: ({ node, console, driver }) => {
      if (Object.keys(node.driverSecrets).length === 0) return skipped('', 'the node has no credentials');
      return console.observed === ObservedState.READY && console.driver === driver
        ? ok(`the driver ${driver} opened the console with the credentials of the node`)
        : skipped('', `the driver ${driver} does not say whether it logged in; it has no complaint`);
    },
    advice: ({ node }, key) =>
      `Set the right credentials with \`consolemesh node set ${node.name} --secret ${key ?? 'KEY'}=@FILE\`.`,
  },
  {
    // Few drivers change settings, and then at the start of a console.
    name: 'settings of the BMC',
    reasons: [
      'BMC_CHANGE_FAILED',
      'BMC_NOT_READY',
      'BMC_IN_USE',
      'BMC_PERMISSION_DENIED',
      'BMC_LOCKED_DOWN',
      'BMC_JOB_QUEUE_FULL',
      'BMC_RECOVERY_MODE',
      'BMC_LICENSE_MISSING',
      'BMC_SETTING_MISSING',
      'BMC_CONSOLE_DISABLED',
    ],
    advice: ({ node, driver }) =>
      `Mend it at the BMC; if an option goes around it, \`consolemesh driver show ${driver}\` names it, and \`consolemesh node show ${node.name}\` those that are set.`,
  },
];

/** The steps that are told of whatever happens. */
export const usualSteps = steps.filter(({ passed }) => passed !== undefined);

/** Whether a reason is the failure of a step. */
export function isStep(reason: string): boolean {
  return steps.some(({ reasons }) => (reasons as readonly string[]).includes(reason));
}

/** The first step that failed, and the mistake that says so. */
export function stepOf(
  violations: readonly FieldViolation[],
): { step: Step; violation: FieldViolation } | undefined {
  for (const step of steps) {
    const violation = violations.find(({ reason }) => (step.reasons as readonly string[]).includes(reason));
    if (violation) return { step, violation };
  }
  return undefined;
}
