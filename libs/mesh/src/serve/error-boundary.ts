import { errorRow, GrpcCode, isReason, MeshError, type Reason, type Violation } from '@consolemesh/errors';
import { type CallContext, ServerError, type ServerMiddlewareCall, Status } from 'nice-grpc-common';
import { BadRequest, ErrorInfo, RichServerError } from 'nice-grpc-error-details';
import type { Logger } from '../log/logger.ts';

/** Domain of every ErrorInfo of this product. */
export const errorDomain = 'consolemesh';

/**
 * The one error boundary of a server. A MeshError becomes its row's status with ErrorInfo (and BadRequest for violations); an abort
 * becomes CANCELLED; anything else becomes INTERNAL with an opaque message, its cause in the log only.
 */
export function errorBoundary(logger: Logger) {
  return async function* boundary<Request, Response>(
    call: ServerMiddlewareCall<Request, Response>,
    context: CallContext,
  ): AsyncGenerator<Response, Response | void, undefined> {
    try {
      return yield* call.next(call.request, context);
    } catch (error) {
      throw toStatus(error, call.method.path, logger);
    }
  };
}

function toStatus(error: unknown, method: string, logger: Logger): Error {
  if (error instanceof MeshError) {
    logMeshError(error, method, logger);
    return statusOf(error);
  }
  if (error instanceof ServerError) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new ServerError(Status.CANCELLED, errorRow('CANCELLED').meaning);
  }
  logger.error({ method, err: error }, 'a call failed for a reason that was not foreseen');
  return statusOf(new MeshError('INTERNAL'));
}

/** What was foreseen is one line; where it came from is for those who look for it. What a caller did wrong is the caller's to know. */
function logMeshError(error: MeshError, method: string, logger: Logger): void {
  const { reason, message, cause } = error;
  if (reason === 'INTERNAL') logger.warn({ method, reason, err: error }, 'a call failed');
  else if (cause !== undefined) {
    logger.warn({ method, reason, message }, 'a call failed');
    logger.debug({ method, reason, cause }, 'what a call failed of');
  }
}

/** A MeshError as a status with google.rpc details. */
export function statusOf(error: MeshError): RichServerError {
  const details = [
    ErrorInfo.fromPartial({
      reason: error.reason,
      domain: errorDomain,
      metadata: {
        ...error.metadata,
        recovery: errorRow(error.reason).recovery,
        // BadRequest of this library has no field for them; in the order of its violations.
        ...(error.violations.length === 0
          ? {}
          : { violation_reasons: error.violations.map((v) => v.reason).join(',') }),
      },
    }),
    ...(error.violations.length === 0
      ? []
      : [
          BadRequest.fromPartial({
            fieldViolations: error.violations.map(({ field, message }) => ({ field, description: message })),
          }),
        ]),
  ];
  return new RichServerError(
    GrpcCode[errorRow(error.reason).grpc] as Status,
    error.message,
    details as never,
  );
}

/** The MeshError that a server sent, or the nearest one for a status without our details. */
export function meshErrorOf(
  code: Status,
  message: string,
  details: readonly unknown[],
  cause: unknown,
): MeshError {
  let reason: Reason | undefined;
  let metadata: Record<string, string> = {};
  let violations: Violation[] = [];
  for (const detail of details) {
    const { $type } = detail as { $type?: string };
    if ($type === ErrorInfo.$type) {
      const info = detail as ErrorInfo;
      if (isReason(info.reason)) reason = info.reason;
      metadata = { ...info.metadata };
    } else if ($type === BadRequest.$type) {
      violations = (detail as BadRequest).fieldViolations.map((v) => ({
        field: v.field,
        reason: 'FIELD_INVALID',
        message: v.description,
      }));
    }
  }
  const reasons = metadata.violation_reasons?.split(',') ?? [];
  delete metadata.violation_reasons;
  violations = violations.map((v, i) =>
    isReason(reasons[i] ?? '') ? { ...v, reason: reasons[i] as Reason } : v,
  );
  return new MeshError(reason ?? reasonOfCode(code), message || undefined, { metadata, violations, cause });
}

function reasonOfCode(code: Status): Reason {
  switch (code) {
    case Status.INVALID_ARGUMENT:
    case Status.OUT_OF_RANGE:
      return 'INVALID_ARGUMENT';
    case Status.UNAUTHENTICATED:
      return 'UNAUTHENTICATED';
    case Status.PERMISSION_DENIED:
      return 'PERMISSION_DENIED';
    case Status.UNIMPLEMENTED:
      return 'UNIMPLEMENTED';
    case Status.DEADLINE_EXCEEDED:
      return 'DEADLINE_EXCEEDED';
    case Status.RESOURCE_EXHAUSTED:
      return 'RESOURCE_EXHAUSTED';
    case Status.CANCELLED:
      return 'CANCELLED';
    case Status.UNAVAILABLE:
      return 'UNAVAILABLE';
    default:
      return 'INTERNAL';
  }
}
