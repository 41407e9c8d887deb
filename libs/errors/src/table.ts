/** gRPC status codes by name, numbers as in google.rpc.Code. */
export const GrpcCode = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** Name of a gRPC status code. */
export type GrpcCodeName = keyof typeof GrpcCode;

/**
 * What a caller does about an error.
 * - `fix-request`: the same call can never succeed; change it.
 * - `fix-credentials`: never again until the credentials have changed (BMCs lock out).
 * - `fix-machine`: an operator has to change something at the BMC, the plugin or the configuration; a slow retry is harmless.
 * - `retry`: the same call may succeed; with back-off and jitter.
 * - `retry-elsewhere`: another instance may answer; at once.
 * - `refresh`: read the resource again, then decide.
 * - `reopen`: ask for a new URL or token.
 * - `none`: an end that somebody wanted; nothing is wrong.
 */
export type Recovery =
  | 'fix-request'
  | 'fix-credentials'
  | 'fix-machine'
  | 'retry'
  | 'retry-elsewhere'
  | 'refresh'
  | 'reopen'
  | 'none';

/** One kind of error: its codes, what a caller does about it and what a person reads. */
export interface ErrorRow {
  /** Status on gRPC. */
  readonly grpc: GrpcCodeName;
  /** Status on HTTP. */
  readonly http: number;
  /** What a caller does. */
  readonly recovery: Recovery;
  /** WebSocket close code (4000 to 4999) where a browser's session can end with it. */
  readonly close?: number;
  /** What it means, in words; the default message. */
  readonly meaning: string;
}

/**
 * The one table of errors. Every status that a service answers, every reason in `last_error` and every end of a session is a row
 * here; `proto/README.md` is generated from it and tested against it.
 */
export const errorTable = {
  // --- requests
  INVALID_ARGUMENT: row('INVALID_ARGUMENT', 400, 'fix-request', 'The request is malformed.'),
  FIELD_REQUIRED: row('INVALID_ARGUMENT', 400, 'fix-request', 'A required field is missing.'),
  FIELD_INVALID: row('INVALID_ARGUMENT', 400, 'fix-request', 'A field has a value that is not allowed.'),
  FIELD_UNKNOWN: row('INVALID_ARGUMENT', 400, 'fix-request', 'An option is not known to the driver.'),
  UNAUTHENTICATED: row('UNAUTHENTICATED', 401, 'fix-request', 'The caller did not say who it is.'),
  PERMISSION_DENIED: row('PERMISSION_DENIED', 403, 'fix-request', 'The caller may not do this.'),
  UNIMPLEMENTED: row('UNIMPLEMENTED', 501, 'fix-request', 'This service does not offer that.'),
  CAPABILITY_MISSING: row('UNIMPLEMENTED', 501, 'fix-request', 'The driver cannot do this.'),
  // --- resources
  NODE_NOT_FOUND: row('NOT_FOUND', 404, 'fix-request', 'There is no such node.'),
  CONSOLE_NOT_FOUND: row('NOT_FOUND', 404, 'fix-request', 'There is no such console.', 4404),
  SESSION_NOT_FOUND: row('NOT_FOUND', 404, 'fix-request', 'There is no such session.'),
  TOKEN_NOT_FOUND: row('NOT_FOUND', 404, 'fix-request', 'There is no such token.'),
  NODE_NAME_TAKEN: row('ALREADY_EXISTS', 409, 'fix-request', 'Another node has this name.'),
  NODE_EXISTS: row('ALREADY_EXISTS', 409, 'fix-request', 'A node with this UUID exists.'),
  NODE_IN_USE: row(
    'FAILED_PRECONDITION',
    409,
    'refresh',
    'A console of the node is enabled; disable it first or force the change.',
  ),
  ETAG_MISMATCH: row(
    'ABORTED',
    409,
    'refresh',
    'Somebody changed it in between; read it again and repeat the change.',
  ),
  // --- consoles
  CONSOLE_DISABLED: row(
    'FAILED_PRECONDITION',
    409,
    'refresh',
    'The console is disabled; enable it first.',
    4410,
  ),
  CONSOLE_NOT_READY: row(
    'FAILED_PRECONDITION',
    409,
    'retry',
    'The console is not ready yet; its state says how far it is.',
    4411,
  ),
  CONSOLE_IN_USE: row('RESOURCE_EXHAUSTED', 409, 'retry', 'All places of the console are taken.', 4412),
  NO_DRIVER: row(
    'FAILED_PRECONDITION',
    409,
    'fix-machine',
    'No configured driver accepts this node; validate it to see why.',
  ),
  DRIVER_NOT_FOUND: row(
    'FAILED_PRECONDITION',
    409,
    'fix-machine',
    'No driver of this name is known to the conductor.',
  ),
  DRIVER_UNAVAILABLE: row('UNAVAILABLE', 503, 'retry', 'No instance of the driver answers.', 4421),
  PROVIDER_NOT_FOUND: row(
    'FAILED_PRECONDITION',
    409,
    'fix-machine',
    'No container provider is known to the conductor.',
  ),
  PROVIDER_UNAVAILABLE: row(
    'UNAVAILABLE',
    503,
    'retry',
    'No instance of the container provider answers.',
    4422,
  ),
  ENDPOINT_KIND_UNACCEPTABLE: row(
    'FAILED_PRECONDITION',
    409,
    'fix-machine',
    'The driver offers no kind of endpoint that is acceptable here.',
  ),
  SECRETS_UNREADABLE: row(
    'FAILED_PRECONDITION',
    409,
    'fix-machine',
    'The stored secrets of the node are sealed with a key that the conductor does not have; put the key back into its key ring, or write the secrets anew.',
    4414,
  ),
  PLUGIN_ANSWER_INVALID: row(
    'INTERNAL',
    502,
    'fix-machine',
    'A plugin answered something that its contract does not allow.',
  ),
  // --- plugin calls
  STALE_GENERATION: row(
    'ABORTED',
    409,
    'none',
    'A newer incarnation of the console exists; this call came too late.',
    4413,
  ),
  STALE_FENCE: row(
    'ABORTED',
    409,
    'none',
    'Another conductor has taken over the console; this call came too late.',
  ),
  OPERATION_IN_FLIGHT: row('ABORTED', 409, 'retry', 'An identical call is in progress.'),
  LEASE_LOST: row('ABORTED', 409, 'none', 'The lease on the console is over or belongs to somebody else.'),
  NOT_HELD: row('FAILED_PRECONDITION', 409, 'retry-elsewhere', 'This instance does not hold the console.'),
  TICKET_INVALID: row(
    'PERMISSION_DENIED',
    403,
    'retry',
    'The ticket for the stream is not valid, too old or was used before.',
  ),
  IMAGE_UNAVAILABLE: row('FAILED_PRECONDITION', 409, 'fix-machine', 'The container image cannot be had.'),
  CONTAINER_FAILED: row('UNAVAILABLE', 503, 'retry', 'The container ended or never became ready.', 4423),
  // --- BMCs and other console servers
  BMC_UNREACHABLE: row(
    'UNAVAILABLE',
    503,
    'retry',
    'The machine cannot be reached; check address, port and network.',
    4430,
  ),
  BMC_REFUSED: row(
    'UNAVAILABLE',
    503,
    'retry',
    'The machine refuses the connection; check the port and whether its console server runs.',
    4431,
  ),
  BMC_NAME_NOT_FOUND: row(
    'UNAVAILABLE',
    503,
    'retry',
    'The name of the machine cannot be resolved; check the address and the name service.',
    4432,
  ),
  BMC_TIMEOUT: row('UNAVAILABLE', 504, 'retry', 'The machine did not answer in time.', 4433),
  BMC_AUTHENTICATION_FAILED: row(
    'FAILED_PRECONDITION',
    409,
    'fix-credentials',
    'The machine refuses the credentials; nothing is tried again until they are changed.',
    4434,
  ),
  BMC_PASSWORD_REQUIRED: row(
    'FAILED_PRECONDITION',
    409,
    'fix-credentials',
    'The machine asks for a password and none is set.',
    4435,
  ),
  BMC_LOCKED_OUT: row(
    'FAILED_PRECONDITION',
    409,
    'fix-credentials',
    'The machine has locked the account or the address out.',
    4436,
  ),
  BMC_SECURITY_UNSUPPORTED: row(
    'FAILED_PRECONDITION',
    409,
    'fix-machine',
    'The machine offers no kind of security that is allowed here.',
    4437,
  ),
  BMC_CERTIFICATE_REFUSED: row(
    'FAILED_PRECONDITION',
    409,
    'fix-machine',
    'The certificate of the machine is not the one that is trusted; set its authority or its fingerprint.',
    4438,
  ),
  BMC_TLS_FAILED: row('UNAVAILABLE', 502, 'fix-machine', 'TLS with the machine failed.', 4439),
  BMC_PROTOCOL_ERROR: row(
    'UNAVAILABLE',
    502,
    'fix-machine',
    'The machine does not speak the expected protocol; check the port.',
    4440,
  ),
  BMC_BUSY: row(
    'UNAVAILABLE',
    503,
    'retry',
    'The machine is busy or all of its console sessions are taken.',
    4441,
  ),
  BMC_ERROR: row('UNAVAILABLE', 502, 'retry', 'The machine answered with an error.', 4442),
  BMC_CHANGE_FAILED: row(
    'UNAVAILABLE',
    502,
    'fix-machine',
    'The BMC refuses a change of its settings, or says that it is done and does not do it.',
  ),
  BMC_NOT_READY: row(
    'UNAVAILABLE',
    503,
    'retry',
    'The BMC has not finished starting or is applying an earlier change; it is asked again.',
  ),
  BMC_IN_USE: row(
    'FAILED_PRECONDITION',
    409,
    'fix-machine',
    'Somebody else has already switched the console of the machine on; give its password, or ask for it to be taken over.',
  ),
  BMC_PERMISSION_DENIED: row(
    'FAILED_PRECONDITION',
    409,
    'fix-machine',
    'The user may log in to the BMC but not change its settings; give the user the right to configure it.',
  ),
  BMC_LOCKED_DOWN: row(
    'FAILED_PRECONDITION',
    409,
    'fix-machine',
    'The BMC is in lockdown mode and refuses every change; an administrator has to end that mode.',
  ),
  BMC_JOB_QUEUE_FULL: row(
    'UNAVAILABLE',
    503,
    'fix-machine',
    'The job queue of the BMC is full; delete finished and stuck jobs.',
  ),
  BMC_RECOVERY_MODE: row(
    'FAILED_PRECONDITION',
    409,
    'fix-machine',
    'The BMC runs in recovery mode; its firmware has to be repaired.',
  ),
  BMC_LICENSE_MISSING: row(
    'FAILED_PRECONDITION',
    409,
    'fix-machine',
    'The licence of the BMC does not include its console server.',
  ),
  BMC_SETTING_MISSING: row(
    'FAILED_PRECONDITION',
    409,
    'fix-machine',
    'The BMC does not have a setting that the driver needs, or calls it by another name; its firmware is not supported.',
  ),
  BMC_CONSOLE_DISABLED: row(
    'FAILED_PRECONDITION',
    409,
    'fix-machine',
    'The serial console of the machine is switched off at its BMC, or not allowed for this user; enable it there.',
    4443,
  ),
  // --- tokens, grants
  TOKEN_INVALID: row('UNAUTHENTICATED', 401, 'reopen', 'The link is not valid; ask for a new one.', 4450),
  TOKEN_EXPIRED: row('UNAUTHENTICATED', 401, 'reopen', 'The link has expired; ask for a new one.', 4451),
  TOKEN_REVOKED: row('UNAUTHENTICATED', 401, 'reopen', 'The access has been revoked.', 4452),
  TOKEN_USED: row(
    'UNAUTHENTICATED',
    401,
    'reopen',
    'The link was good for one opening and has been used; ask for a new one.',
    4453,
  ),
  TOKEN_WRONG_KIND: row('UNAUTHENTICATED', 401, 'reopen', 'The link is for the other kind of console.', 4454),
  RESUME_INVALID: row(
    'UNAUTHENTICATED',
    401,
    'reopen',
    'This tab cannot be resumed any more; ask for a new link.',
    4455,
  ),
  GRANT_INVALID: row('UNAUTHENTICATED', 401, 'reopen', 'The grant is not valid for this proxy.', 4456),
  GRANT_EXPIRED: row('UNAUTHENTICATED', 401, 'retry', 'The grant is too old; redeem the token again.', 4457),
  // --- sessions
  SESSION_TAKEN_OVER: row('ABORTED', 409, 'none', 'Somebody else took the console over.', 4460),
  SESSION_TERMINATED: row('ABORTED', 409, 'none', 'The session was ended by an operator.', 4461),
  SESSION_EXPIRED: row(
    'DEADLINE_EXCEEDED',
    408,
    'reopen',
    'The session has reached its longest duration.',
    4462,
  ),
  SESSION_IDLE: row('DEADLINE_EXCEEDED', 408, 'reopen', 'The session was idle for too long.', 4463),
  SESSION_LIMIT: row(
    'RESOURCE_EXHAUSTED',
    429,
    'retry',
    'This proxy carries as many sessions as it may.',
    4464,
  ),
  RATE_LIMITED: row('RESOURCE_EXHAUSTED', 429, 'retry', 'Too many attempts; wait a little.', 4465),
  HANDSHAKE_TIMEOUT: row('DEADLINE_EXCEEDED', 408, 'retry', 'The client did not speak in time.', 4466),
  MESSAGE_TOO_LARGE: row(
    'INVALID_ARGUMENT',
    413,
    'fix-request',
    'A message was larger than is allowed.',
    4467,
  ),
  PROTOCOL_VIOLATION: row(
    'INVALID_ARGUMENT',
    400,
    'fix-request',
    'The client sent what the protocol does not allow.',
    4468,
  ),
  ORIGIN_REFUSED: row(
    'PERMISSION_DENIED',
    403,
    'fix-request',
    'The page that asked is not allowed to open consoles here.',
    4469,
  ),
  DRAINING: row(
    'UNAVAILABLE',
    503,
    'retry-elsewhere',
    'This instance is being shut down; another takes over.',
    4470,
  ),
  UPSTREAM_CLOSED: row('UNAVAILABLE', 502, 'retry', 'The machine closed the connection.', 4471),
  UPSTREAM_LOST: row('UNAVAILABLE', 502, 'retry', 'The connection to the machine broke.', 4472),
  CLIENT_CLOSED: row('CANCELLED', 499, 'none', 'The client closed the connection.'),
  CLIENT_LOST: row('CANCELLED', 499, 'none', 'The connection to the client broke or went silent.'),
  // --- services
  TOKEN_SERVICE_UNAVAILABLE: row(
    'UNAVAILABLE',
    503,
    'retry',
    'The token service does not answer; open sessions go on.',
    4480,
  ),
  CONDUCTOR_UNAVAILABLE: row('UNAVAILABLE', 503, 'retry', 'No conductor answers; open sessions go on.', 4481),
  IDENTITY_PROVIDER_UNAVAILABLE: row(
    'UNAVAILABLE',
    503,
    'retry',
    'The issuer of the tokens of users does not answer.',
  ),
  STORE_UNAVAILABLE: row('UNAVAILABLE', 503, 'retry', 'The database does not answer.'),
  DEADLINE_EXCEEDED: row('DEADLINE_EXCEEDED', 504, 'retry', 'The call did not finish in time.', 4482),
  CANCELLED: row('CANCELLED', 499, 'none', 'The caller gave up.'),
  RESOURCE_EXHAUSTED: row('RESOURCE_EXHAUSTED', 429, 'retry', 'A limit of this service is reached.', 4483),
  UNAVAILABLE: row('UNAVAILABLE', 503, 'retry', 'The service does not answer.', 4484),
  INTERNAL: row(
    'INTERNAL',
    500,
    'fix-machine',
    'Something went wrong inside; the log of the service says what.',
    4499,
  ),
} as const satisfies Record<string, ErrorRow>;

/** Name of a row of the table. */
export type Reason = keyof typeof errorTable;

function row(
  grpc: GrpcCodeName,
  http: number,
  recovery: Recovery,
  meaning: string,
  close?: number,
): ErrorRow {
  return close === undefined ? { grpc, http, recovery, meaning } : { grpc, http, recovery, meaning, close };
}

/** The row of a reason. */
export function errorRow(reason: Reason): ErrorRow {
  return errorTable[reason];
}

/** Whether a word from elsewhere is a reason of the table. */
export function isReason(word: string): word is Reason {
  return Object.hasOwn(errorTable, word);
}

/** The WebSocket close code of a reason; reasons that no session can end with share INTERNAL's. */
export function closeCode(reason: Reason): number {
  return errorRow(reason).close ?? 4499;
}
