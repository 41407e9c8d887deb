import { type Driver, hostOption, type Node } from '@consolemesh/driver-sdk';
import { isReason, type Violation } from '@consolemesh/errors';

/** driver_info of a node, after the schema: how the machine that is made up behaves. */
export interface FakeInfo {
  readonly fake_address?: string;
  readonly fake_endpoint: 'any' | 'tcp' | 'relay' | 'container';
  readonly fake_app: string;
  readonly fake_app_info: string;
  readonly fake_max_sessions: number;
  readonly fake_fail_validate?: string;
  readonly fake_fail_start?: string;
  readonly fake_fail_start_times: number;
  readonly fake_fail_stop?: string;
  readonly fake_fail_check?: string;
  readonly fake_fail_line?: string;
  readonly fake_hold: 'viewers' | 'always';
  readonly fake_slow_ms: number;
  readonly fake_lie: (typeof lies)[number];
  readonly fake_dead_endpoint: boolean;
  readonly fake_die_after_bytes: number;
  readonly fake_leave_changed: boolean;
}

/** driver_secrets of a node. */
export interface FakeSecrets {
  readonly fake_password?: string;
}

export type FakeNode = Node<FakeInfo, FakeSecrets>;

/** Ways to answer what the contract does not allow. */
export const lies = ['none', 'no-endpoint', 'wrong-kind', 'huge-state', 'no-app', 'other-console'] as const;

const reason = (description: string) => ({
  type: 'string' as const,
  description,
  pattern: '^[A-Z][A-Z_]*$',
  expects: 'a reason of the error table, such as BMC_UNREACHABLE',
});

export const options: Driver<FakeInfo, FakeSecrets>['options'] = {
  driver_info: {
    type: 'object',
    properties: {
      fake_address: hostOption('Where the machine is said to be; nobody connects there.', { locates: true }),
      fake_endpoint: {
        type: 'string',
        description: 'Kind of endpoint that is made; `any` makes the one that the caller likes best.',
        enum: ['any', 'tcp', 'relay', 'container'],
        default: 'any',
      },
      fake_app: {
        type: 'string',
        description: 'Application that is named when a container is wanted.',
        maxLength: 63,
        default: 'fake',
      },
      fake_app_info: {
        type: 'string',
        description: 'JSON object that is passed on to the container.',
        pattern: '^\\{.*\\}$',
        expects: 'a JSON object',
        default: '{}',
      },
      fake_max_sessions: {
        type: 'integer',
        description: 'Clients at once.',
        minimum: 1,
        maximum: 64,
        default: 4,
      },
      fake_fail_validate: reason('The check of reachability finds this.'),
      fake_fail_start: reason('Starting fails with this.'),
      fake_fail_start_times: {
        type: 'integer',
        description: 'Only so many starts of one generation fail; 0 means all.',
        minimum: 0,
        default: 0,
      },
      fake_fail_stop: reason('Stopping fails with this.'),
      fake_fail_check: reason('A started console is found DEGRADED with this.'),
      fake_fail_line: reason('Opening the serial line for its viewers fails with this.'),
      fake_hold: {
        type: 'string',
        description: 'When the serial line is open: while somebody is attached, or always.',
        enum: ['viewers', 'always'],
        default: 'viewers',
      },
      fake_slow_ms: {
        type: 'integer',
        description: 'Every call to the machine takes so long, ms.',
        minimum: 0,
        maximum: 600_000,
        default: 0,
      },
      fake_lie: {
        type: 'string',
        description: 'StartConsole answers what the contract does not allow.',
        enum: [...lies],
        default: 'none',
      },
      fake_dead_endpoint: {
        type: 'boolean',
        description: 'The TCP endpoint is one where nobody listens.',
        default: false,
      },
      fake_die_after_bytes: {
        type: 'integer',
        description: 'Streams break after so many bytes from the machine; 0 means never.',
        minimum: 0,
        default: 0,
      },
      fake_leave_changed: {
        type: 'boolean',
        description: 'Stopping cannot restore what starting changed.',
        default: false,
      },
    },
  },
  driver_secrets: {
    type: 'object',
    properties: {
      fake_password: { type: 'string', description: 'The machine accepts any but `wrong`.', maxLength: 255 },
    },
  },
};

/** Reasons that are none. */
export function inspectOptions({ info }: Node<Partial<FakeInfo>, Partial<FakeSecrets>>): Violation[] {
  return Object.entries(info).flatMap(([name, value]) =>
    name.startsWith('fake_fail_') && typeof value === 'string' && !isReason(value)
      ? [
          {
            field: `driver_info.${name}`,
            reason: 'FIELD_INVALID',
            message: `is "${value}"; expected a reason of the error table`,
          } as const,
        ]
      : [],
  );
}
