/** How an iDRAC's settings are reached. */
export type Wire = 'wsman' | 'redfish';

/** An attribute of the group `VNCServer.1`, as the iDRAC tells of it. */
export interface Attribute {
  readonly value: string;
  /** What it will be when a configuration job has run; undefined when nothing waits. */
  readonly pending?: string | undefined;
  readonly readOnly: boolean;
  /** Values that it may take, where it is an enumeration and the iDRAC says so. */
  readonly choices?: readonly string[] | undefined;
}

/** The group `VNCServer.1`: `Enable`, `Port`, `Timeout`, `SSLEncryptionBitLength`, … Empty where the iDRAC has no VNC server. */
export type Attributes = ReadonlyMap<string, Attribute>;

/** Attributes of the group to be written, by name. */
export type Values = Readonly<Record<string, string>>;

/** The settings of one iDRAC, over whichever wire. Everything throws MeshError with a BMC_* reason; nothing is left open after disposal. */
export interface SettingsPort extends AsyncDisposable {
  readonly wire: Wire;
  /**
   * Returns when the iDRAC takes changes.
   * @throws MeshError BMC_NOT_READY when it does not within the deadline, BMC_RECOVERY_MODE
   */
  ready(signal: AbortSignal): Promise<void>;
  read(signal: AbortSignal): Promise<Attributes>;
  /**
   * Writes all of them at once, follows a configuration job where one is needed, and answers the group when they are in force.
   * @throws MeshError BMC_PERMISSION_DENIED, BMC_LOCKED_DOWN, BMC_JOB_QUEUE_FULL, BMC_SETTING_MISSING, BMC_CHANGE_FAILED, …
   */
  write(values: Values, signal: AbortSignal): Promise<Attributes>;
}

/** How long things are waited for, ms. */
export interface Timings {
  /** The whole of a call, without saying goodbye to the iDRAC. */
  readonly validateMs: number;
  readonly prepareMs: number;
  readonly startMs: number;
  readonly stopMs: number;
  /** To find out why a VNC server does not answer. */
  readonly diagnoseMs: number;
  /** One request. */
  readonly requestMs: number;
  /** Until the iDRAC takes changes. */
  readonly readyMs: number;
  /** Between two questions whether it does, or whether a job has ended. */
  readonly pollMs: number;
  /** Until a change is in force. */
  readonly applyMs: number;
  /** Until the VNC server answers. */
  readonly vncMs: number;
  /** One try to reach the VNC server. */
  readonly vncTryMs: number;
  /** Between two such tries. */
  readonly vncPauseMs: number;
  /** A VNC server that accepts connections and stays silent for so long is switched off and on. */
  readonly wedgedMs: number;
}

/**
 * They end before the deadlines of the contract (30 s for PrepareConsole and GetConsole, 60 s for StartConsole and StopConsole) and of those
 * who call (20 s for ValidateNode), the end of a write that is on its way and a logout included, 5 s each, so that the answer is what the
 * iDRAC did and not that time was up.
 */
export const defaultTimings: Timings = {
  validateMs: 18_000,
  prepareMs: 24_000,
  startMs: 48_000,
  stopMs: 48_000,
  diagnoseMs: 16_000,
  requestMs: 20_000,
  readyMs: 20_000,
  pollMs: 2_000,
  applyMs: 40_000,
  vncMs: 25_000,
  vncTryMs: 5_000,
  vncPauseMs: 500,
  wedgedMs: 8_000,
};
