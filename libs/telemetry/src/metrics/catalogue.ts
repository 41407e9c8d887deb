/** One metric. `observed`: its value is asked for when it is read; else it is written as things happen. */
export interface MetricRow {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly observed?: true;
  readonly labels: readonly string[];
  readonly meaning: string;
  /** Upper bounds of the buckets of a histogram, s. */
  readonly buckets?: readonly number[];
}

const calls = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const machines = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/**
 * Every metric of the mesh by its Prometheus name. Labels have few values: kinds, roles, reasons of the error table, RPCs; never a node, a
 * session or a person.
 */
export const metrics = {
  consolemesh_sessions_open: {
    type: 'gauge',
    observed: true,
    labels: ['kind', 'role'],
    meaning: 'Sessions that a proxy carries.',
  },
  consolemesh_sessions_opened_total: {
    type: 'counter',
    observed: true,
    labels: ['kind'],
    meaning: 'Sessions whose console was reached.',
  },
  consolemesh_sessions_ended_total: {
    type: 'counter',
    observed: true,
    labels: ['kind', 'reason'],
    meaning:
      'Admitted clients that are gone, by why; those whose console could not be reached are among them.',
  },
  consolemesh_openings_refused_total: {
    type: 'counter',
    observed: true,
    labels: ['kind', 'reason'],
    meaning: 'Clients that were not let in, by why.',
  },
  consolemesh_session_bytes_total: {
    type: 'counter',
    observed: true,
    labels: ['kind', 'direction'],
    meaning: 'Bytes of the console that were relayed, `to_client` and `from_client`.',
  },
  consolemesh_first_picture_seconds: {
    type: 'histogram',
    labels: ['kind', 'route'],
    meaning:
      'From the client’s word that it wants the console to the first bytes of its screen, `direct` or by `relay`. The client’s own request for a picture is part of it.',
    buckets: machines,
  },
  consolemesh_rpc_duration_seconds: {
    type: 'histogram',
    labels: ['side', 'method', 'status'],
    meaning: 'Unary calls as the `server` and as the `client` sees them, by gRPC status.',
    buckets: calls,
  },
  consolemesh_rpc_failures_total: {
    type: 'counter',
    labels: ['side', 'method', 'reason'],
    meaning: 'Calls that failed, by reason; of streams those that failed before their first message.',
  },
  consolemesh_rpc_retries_total: {
    type: 'counter',
    labels: ['method', 'reason'],
    meaning: 'Unary calls that a client made once more, by the reason of the attempt before.',
  },
  consolemesh_rpc_identities_refused_total: {
    type: 'counter',
    labels: ['method', 'caller'],
    meaning:
      'Calls that the authorization table refused, by kind of caller: `user`, `service`, `nobody`. `handshake`: clients without a certificate of the mesh.',
  },
  consolemesh_leases_held: {
    type: 'gauge',
    observed: true,
    labels: [],
    meaning: 'Consoles that a conductor has the lease of.',
  },
  consolemesh_leases_lost_total: {
    type: 'counter',
    labels: [],
    meaning: 'Leases that a conductor lost instead of giving them back.',
  },
  consolemesh_reconciler_consoles: {
    type: 'gauge',
    observed: true,
    labels: ['state'],
    meaning:
      'Consoles that a conductor works on (`working`) or will look at again at a set time (`waiting`).',
  },
  consolemesh_reconciler_step_seconds: {
    type: 'histogram',
    labels: ['step', 'reason'],
    meaning:
      'Steps toward the wanted state (`choose`, `prepare`, `start`, `stop`); `reason` is `OK` or why it failed.',
    buckets: machines,
  },
  consolemesh_bmc_call_seconds: {
    type: 'histogram',
    labels: ['driver', 'reason'],
    meaning: 'Calls of a driver to machines; `reason` is `OK` or why it failed.',
    buckets: machines,
  },
  consolemesh_bmc_circuits_open: {
    type: 'gauge',
    observed: true,
    labels: ['driver'],
    meaning: 'Machines that a driver leaves alone for a while because they failed several times in a row.',
  },
  consolemesh_bmc_logins_refused: {
    type: 'gauge',
    observed: true,
    labels: ['driver'],
    meaning: 'Credentials that a driver remembers as refused and does not try again.',
  },
  consolemesh_serial_lines: {
    type: 'gauge',
    observed: true,
    labels: ['driver', 'state'],
    meaning:
      'Serial lines that a driver shares among viewers: `idle` while nobody needs them, `opening`, `open`, `lost` and tried again, `refused` for their credentials.',
  },
  consolemesh_serial_lines_lost_total: {
    type: 'counter',
    labels: ['driver', 'reason'],
    meaning: 'Times that a shared serial line was open, somebody needed it, and it ended, by why.',
  },
  consolemesh_serial_lines_restored_total: {
    type: 'counter',
    labels: ['driver'],
    meaning: 'Times that a shared serial line came back after that.',
  },
  consolemesh_console_logs_paused: {
    type: 'gauge',
    observed: true,
    labels: ['driver'],
    meaning: 'Serial consoles whose recording is paused because the disk takes nothing.',
  },
  consolemesh_console_log_bytes: {
    type: 'gauge',
    observed: true,
    labels: ['driver'],
    meaning: 'Disk that the recorded serial consoles of a driver take.',
  },
  consolemesh_containers_running: {
    type: 'gauge',
    observed: true,
    labels: ['provider'],
    meaning: 'Console containers that an instance of a provider has started or taken over and keeps.',
  },
  consolemesh_container_start_seconds: {
    type: 'histogram',
    labels: ['provider', 'how', 'reason'],
    meaning:
      'Until the VNC server of a container has sent its banner, of containers that were `made` or found and `adopted`; `reason` is `OK` or why it failed.',
    buckets: machines,
  },
  consolemesh_process_memory_bytes: {
    type: 'gauge',
    observed: true,
    labels: ['part'],
    meaning:
      'Memory of the process: `resident`, and in it what JavaScript (`heap`) and buffers (`external`) take.',
  },
  consolemesh_process_cpu_seconds_total: {
    type: 'counter',
    observed: true,
    labels: ['mode'],
    meaning: 'Processor time of the process, `user` and `system`.',
  },
  consolemesh_event_loop_delay_seconds: {
    type: 'gauge',
    observed: true,
    labels: ['quantile'],
    meaning: 'How long things that were due had to wait since this was last read: `p50`, `p99` and `max`.',
  },
} as const satisfies Record<string, MetricRow>;

export type Metrics = typeof metrics;

/** Names of the metrics that are written as things happen, or asked for when they are read. */
export type Written<Type extends MetricRow['type']> = {
  [Name in keyof Metrics]: Metrics[Name] extends { type: Type; observed: true }
    ? never
    : Metrics[Name] extends { type: Type }
      ? Name
      : never;
}[keyof Metrics];
export type Observed = {
  [Name in keyof Metrics]: Metrics[Name] extends { observed: true } ? Name : never;
}[keyof Metrics];

/** A value for each label of a metric. */
export type Labels<Name extends keyof Metrics> = Readonly<Record<Metrics[Name]['labels'][number], string>>;
