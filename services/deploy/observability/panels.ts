/** How a number of a panel is to be read; a unit of Grafana. */
export type Unit = 'short' | 'ops' | 'Bps' | 's' | 'bytes';

/** One panel of the dashboard. */
export interface Panel {
  readonly title: string;
  /** What it shows, and what to do when it looks wrong. */
  readonly description: string;
  readonly unit: Unit;
  /** One line each: what Prometheus is asked, and how its answers are called (`{{label}}`). */
  readonly queries: readonly (readonly [query: string, legend: string])[];
  /** `value`: the last number alone, coloured from these bounds on; `lines` and `stack`: over time. */
  readonly as?: 'lines' | 'stack' | 'value';
  /** From here on a value is yellow and red. */
  readonly bounds?: readonly [yellow: number, red: number];
}

/** A row of panels, which fill its width alike. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** `$__rate_interval` is Grafana's: long enough for four reads of Prometheus, and what is looked at. */
const rate = (metric: string, by: string, where = '') =>
  `sum by (${by}) (rate(consolemesh_${metric}{job=~"$job"${where}}[$__rate_interval]))`;
/** A counter that was not there before has grown from 0: the first failure of a kind has to be seen, too. */
const grown = (metric: string, by: string, where = '') => {
  const counter = `consolemesh_${metric}{job=~"$job"${where}}`;
  const before = `${counter} offset $__rate_interval`;
  return `sum by (${by}) ((increase(${counter}[$__rate_interval]) and ${before}) or (${counter} unless ${before}))`;
};
const quantile = (q: number, metric: string, by: string, where = '') =>
  `histogram_quantile(${q}, ${rate(`${metric}_bucket`, `le, ${by}`, where)})`;
const now = (metric: string, by: string) => `sum by (${by}) (consolemesh_${metric}{job=~"$job"})`;
const total = (metric: string) => `sum(consolemesh_${metric}{job=~"$job"})`;

/** The dashboard of Grafana, from what a user of a console feels to what the services do for it. */
export const rows: readonly Row[] = [
  {
    title: 'At a glance',
    panels: [
      {
        title: 'Sessions',
        description: 'Clients that look at a console now.',
        unit: 'short',
        as: 'value',
        queries: [[`${total('sessions_open')} or vector(0)`, 'sessions']],
      },
      {
        title: 'First picture, p95',
        description:
          'Nineteen of twenty who opened a console in the last hour saw its screen within this time.',
        unit: 's',
        as: 'value',
        bounds: [5, 10],
        queries: [
          [
            'histogram_quantile(0.95, sum by (le) (rate(consolemesh_first_picture_seconds_bucket{job=~"$job"}[1h])))',
            'p95',
          ],
        ],
      },
      {
        title: 'Consoles under lease',
        description: 'Consoles that a conductor watches over. 0 with consoles enabled: no conductor works.',
        unit: 'short',
        as: 'value',
        queries: [[total('leases_held'), 'consoles']],
      },
      {
        title: 'Machines left alone',
        description:
          'Machines that drivers do not call because they failed several times in a row, and passwords that machines refused.',
        unit: 'short',
        as: 'value',
        bounds: [1, 10],
        queries: [
          [`${total('bmc_circuits_open')} or vector(0)`, 'circuits open'],
          [`${total('bmc_logins_refused')} or vector(0)`, 'passwords refused'],
        ],
      },
      {
        title: 'Instances',
        description: 'Instances of services whose metrics can be read, and those that do not answer.',
        unit: 'short',
        as: 'value',
        queries: [
          ['sum(up{job=~"$job"})', 'answer'],
          ['sum(1 - up{job=~"$job"})', 'do not answer'],
        ],
      },
    ],
  },
  {
    title: 'Sessions',
    panels: [
      {
        title: 'Sessions by role',
        description: 'Who looks on (`view`) and who may write (`control`).',
        unit: 'short',
        as: 'stack',
        queries: [[now('sessions_open', 'kind, role'), '{{kind}}, {{role}}']],
      },
      {
        title: 'Sessions by proxy',
        description: 'Proxies behind a plain load balancer carry about the same.',
        unit: 'short',
        as: 'stack',
        queries: [[now('sessions_open', 'instance'), '{{instance}}']],
      },
      {
        title: 'Bytes of consoles',
        description: 'What proxies relayed, without what WebSocket and TLS add.',
        unit: 'Bps',
        queries: [[rate('session_bytes_total', 'kind, direction'), '{{kind}}, {{direction}}']],
      },
    ],
  },
  {
    title: 'Openings',
    panels: [
      {
        title: 'Consoles reached',
        description: 'Clients whose console was reached, in each interval.',
        unit: 'short',
        queries: [[grown('sessions_opened_total', 'kind'), '{{kind}}']],
      },
      {
        title: 'Time to first picture',
        description:
          'From the client’s word that it wants the console to the first bytes of its screen; `relay` goes through the driver.',
        unit: 's',
        queries: [
          [quantile(0.5, 'first_picture_seconds', 'kind, route'), 'p50 {{kind}}, {{route}}'],
          [quantile(0.95, 'first_picture_seconds', 'kind, route'), 'p95 {{kind}}, {{route}}'],
        ],
      },
      {
        title: 'Not let in, by reason',
        description:
          'TOKEN_*, CONSOLE_IN_USE: users. *_UNAVAILABLE: a service is away. The table of errors says what helps.',
        unit: 'short',
        as: 'stack',
        queries: [[grown('openings_refused_total', 'kind, reason'), '{{kind}}, {{reason}}']],
      },
      {
        title: 'Ends, by reason',
        description: 'CLIENT_CLOSED and SESSION_* are wanted. BMC_* and UPSTREAM_*: the machine.',
        unit: 'short',
        as: 'stack',
        queries: [[grown('sessions_ended_total', 'kind, reason'), '{{kind}}, {{reason}}']],
      },
    ],
  },
  {
    title: 'Conductors',
    panels: [
      {
        title: 'Leases by conductor',
        description: 'A conductor that goes leaves its consoles to the others within the length of a lease.',
        unit: 'short',
        as: 'stack',
        queries: [[now('leases_held', 'instance'), '{{instance}}']],
      },
      {
        title: 'Takeovers',
        description:
          'Leases that a conductor has more than before, and leases lost: not renewed in time, so that another may take them.',
        unit: 'short',
        queries: [
          [
            'clamp_min(sum by (instance) (delta(consolemesh_leases_held{job=~"$job"}[$__rate_interval])), 0)',
            'gained {{instance}}',
          ],
          [grown('leases_lost_total', 'instance'), 'lost {{instance}}'],
        ],
      },
      {
        title: 'Consoles in work',
        description: '`working`: on the way to what is wanted. `waiting`: looked at again at a set time.',
        unit: 'short',
        as: 'stack',
        queries: [[now('reconciler_consoles', 'state'), '{{state}}']],
      },
      {
        title: 'Steps, by reason',
        description: 'Steps toward the wanted state in each interval: OK, or why they failed.',
        unit: 'short',
        as: 'stack',
        queries: [[grown('reconciler_step_seconds_count', 'step, reason'), '{{step}}, {{reason}}']],
      },
      {
        title: 'Duration of steps, p95',
        description: 'An iDRAC that has to run a configuration job takes minutes.',
        unit: 's',
        queries: [[quantile(0.95, 'reconciler_step_seconds', 'step'), '{{step}}']],
      },
    ],
  },
  {
    title: 'Machines',
    panels: [
      {
        title: 'Calls to machines, by reason',
        description: 'Calls of drivers to BMCs in each interval: OK, or why they failed.',
        unit: 'short',
        as: 'stack',
        queries: [[grown('bmc_call_seconds_count', 'driver, reason'), '{{driver}}, {{reason}}']],
      },
      {
        title: 'Duration of calls to machines',
        description: 'A BMC that grows slow will not answer soon.',
        unit: 's',
        queries: [
          [quantile(0.5, 'bmc_call_seconds', 'driver'), 'p50 {{driver}}'],
          [quantile(0.95, 'bmc_call_seconds', 'driver'), 'p95 {{driver}}'],
        ],
      },
      {
        title: 'Machines left alone',
        description: 'Circuits open by themselves and close again; a refused password waits for a right one.',
        unit: 'short',
        queries: [
          [now('bmc_circuits_open', 'driver'), 'circuits {{driver}}'],
          [now('bmc_logins_refused', 'driver'), 'passwords refused {{driver}}'],
        ],
      },
      {
        title: 'Serial lines',
        description:
          'Lines that viewers and recordings share. `lost`: needed, and tried again; `refused` waits for a right password.',
        unit: 'short',
        as: 'stack',
        queries: [[now('serial_lines', 'driver, state'), '{{driver}}, {{state}}']],
      },
      {
        title: 'Serial lines lost and back',
        description:
          'In each interval. BMC_*: the machine, or somebody who took its console. Lost and not back is what to look at.',
        unit: 'short',
        queries: [
          [grown('serial_lines_lost_total', 'driver, reason'), 'lost {{driver}}, {{reason}}'],
          [grown('serial_lines_restored_total', 'driver'), 'back {{driver}}'],
        ],
      },
      {
        title: 'Console logs',
        description: 'Disk that recorded serial consoles take.',
        unit: 'bytes',
        queries: [[now('console_log_bytes', 'driver, instance'), '{{driver}} {{instance}}']],
      },
      {
        title: 'Consoles that cannot be recorded',
        description: 'Their disk takes nothing; the consoles go on, and their logs say how much is missing.',
        unit: 'short',
        queries: [[now('console_logs_paused', 'driver, instance'), '{{driver}} {{instance}}']],
      },
    ],
  },
  {
    title: 'Containers',
    panels: [
      {
        title: 'Console containers',
        description: 'Browsers in containers that providers keep for consoles.',
        unit: 'short',
        as: 'stack',
        queries: [[now('containers_running', 'provider, instance'), '{{provider}} {{instance}}']],
      },
      {
        title: 'Time to start a container',
        description: 'Until its VNC server has sent its banner; `adopted` ones ran already.',
        unit: 's',
        queries: [
          [quantile(0.5, 'container_start_seconds', 'provider, how'), 'p50 {{provider}}, {{how}}'],
          [quantile(0.95, 'container_start_seconds', 'provider, how'), 'p95 {{provider}}, {{how}}'],
        ],
      },
      {
        title: 'Starts of containers, by reason',
        description: 'In each interval: OK, or why they failed.',
        unit: 'short',
        as: 'stack',
        queries: [[grown('container_start_seconds_count', 'provider, reason'), '{{provider}}, {{reason}}']],
      },
    ],
  },
  {
    title: 'Calls between services',
    panels: [
      {
        title: 'Duration of calls, p95',
        description: 'Unary calls as their server sees them.',
        unit: 's',
        queries: [[quantile(0.95, 'rpc_duration_seconds', 'method', ', side="server"'), '{{method}}']],
      },
      {
        title: 'Calls',
        description: 'Unary calls by service that answered and gRPC status.',
        unit: 'ops',
        queries: [
          [rate('rpc_duration_seconds_count', 'job, status', ', side="server"'), '{{job}}, {{status}}'],
        ],
      },
      {
        title: 'Failed calls, by reason',
        description: 'As their client sees them, in each interval.',
        unit: 'short',
        as: 'stack',
        queries: [
          [
            grown('rpc_failures_total', 'job, method, reason', ', side="client"'),
            '{{job}}: {{method}}, {{reason}}',
          ],
        ],
      },
      {
        title: 'Calls made once more',
        description:
          'Unary calls that a client repeated, by the reason of the attempt before, in each interval.',
        unit: 'short',
        as: 'stack',
        queries: [[grown('rpc_retries_total', 'job, reason'), '{{job}}: {{reason}}']],
      },
      {
        title: 'Refused identities',
        description:
          'Calls that the table of who may call what refused, and clients without a certificate (`handshake`), in each interval. Anything but `user` should not be.',
        unit: 'short',
        as: 'stack',
        queries: [[grown('rpc_identities_refused_total', 'method, caller'), '{{caller}} at {{method}}']],
      },
    ],
  },
  {
    title: 'Processes',
    panels: [
      {
        title: 'Delay of the event loop, p99',
        description:
          'How long what was due had to wait in each service; above 0.1 s a user feels it in every key.',
        unit: 's',
        queries: [
          [
            'max by (job, instance) (consolemesh_event_loop_delay_seconds{job=~"$job", quantile="p99"})',
            '{{job}} {{instance}}',
          ],
        ],
      },
      {
        title: 'Memory',
        description: 'Resident memory of each instance. Growth without growing sessions is a leak.',
        unit: 'bytes',
        queries: [
          [
            'sum by (job, instance) (consolemesh_process_memory_bytes{job=~"$job", part="resident"})',
            '{{job}} {{instance}}',
          ],
        ],
      },
      {
        title: 'Processor',
        description: 'Processors that each instance keeps busy; a process of Node.js has one to itself.',
        unit: 'short',
        queries: [[rate('process_cpu_seconds_total', 'job, instance'), '{{job}} {{instance}}']],
      },
    ],
  },
  {
    title: 'Observability itself',
    panels: [
      {
        title: 'Spans',
        description: 'Spans that the collector took, handed on and lost.',
        unit: 'ops',
        queries: [
          [
            'sum(rate({__name__=~"otelcol_receiver_accepted_spans(_total)?", job="collector"}[$__rate_interval]))',
            'taken',
          ],
          [
            'sum(rate({__name__=~"otelcol_exporter_sent_spans(_total)?", job="collector"}[$__rate_interval]))',
            'handed on',
          ],
          [
            'sum(rate({__name__=~"otelcol_exporter_send_failed_spans(_total)?|otelcol_receiver_refused_spans(_total)?", job="collector"}[$__rate_interval])) or vector(0)',
            'lost',
          ],
        ],
      },
      {
        title: 'Time to read metrics',
        description: 'A service whose event loop stands still answers late here too.',
        unit: 's',
        queries: [['max by (job) (scrape_duration_seconds{job=~"$job"})', '{{job}}']],
      },
    ],
  },
];
