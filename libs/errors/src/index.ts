export { rfbReasons, type SystemCode, systemCodeOf, systemReasons } from './machine-reasons.ts';
export { MeshError, type MeshErrorDetails, type Violation, violationsError } from './mesh-error.ts';
export {
  closeCode,
  type ErrorRow,
  errorRow,
  errorTable,
  GrpcCode,
  type GrpcCodeName,
  isReason,
  type Reason,
  type Recovery,
} from './table.ts';
