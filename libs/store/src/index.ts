export { type Bytes, type Counter, type Flag, fromFlag, fromJson, type Millis, toJson } from './columns.ts';
export type {
  ColumnTypes,
  CountersOption,
  Database,
  Engine,
  Migration,
  OpenOptions,
  TransactionOptions,
} from './database.ts';
export {
  ConstraintViolation,
  isUniqueViolation,
  SchemaMismatch,
  StoreUnavailable,
  type UnavailableReason,
} from './errors.ts';
export { openDatabase } from './openDatabase.ts';
export { type DatabaseUrl, parseDatabaseUrl } from './parseDatabaseUrl.ts';
export { createKeyRingFile, generateKeyRing } from './seal/createKeyRingFile.ts';
export { createSealer, SealError, type Sealer, type SealerOptions } from './seal/createSealer.ts';
export { KeyRingError, parseKeyRing, type SealingKey } from './seal/parseKeyRing.ts';
