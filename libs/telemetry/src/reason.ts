import { errorRow, GrpcCode, MeshError } from '@consolemesh/errors';

/** Type of google.rpc.ErrorInfo among the details of a status. */
const errorInfo = 'google.rpc.ErrorInfo';

/** The reason of the error table that an error carries, also as a status with its details; INTERNAL when it carries none. */
export function reasonOf(error: unknown): string {
  if (error instanceof MeshError) return error.reason;
  const { name, extra } = (error ?? {}) as { name?: unknown; extra?: unknown };
  if (Array.isArray(extra)) {
    const info = extra.find((detail) => detail?.$type === errorInfo) as { reason?: string } | undefined;
    if (info?.reason) return info.reason;
  }
  return name === 'AbortError' ? 'CANCELLED' : 'INTERNAL';
}

/** The gRPC status code that an error is, or becomes. */
export function codeOf(error: unknown): number {
  if (error instanceof MeshError) return GrpcCode[errorRow(error.reason).grpc];
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  if (typeof code === 'number') return code;
  return name === 'AbortError' ? GrpcCode.CANCELLED : GrpcCode.UNKNOWN;
}

const names = new Map(Object.entries(GrpcCode).map(([name, code]) => [code as number, name]));

/** `OK`, `UNAVAILABLE`, … */
export function codeName(code: number): string {
  return names.get(code) ?? 'UNKNOWN';
}
