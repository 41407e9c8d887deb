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
export { openDatabase } from './open-database.ts';
export { type DatabaseUrl, parseDatabaseUrl } from './parse-database-url.ts';
export { createKeyRingFile, generateKeyRing } from './seal/create-key-ring-file.ts';
export {
  createSealer,
  longestPrefix,
  SealError,
  type Sealer,
  type SealerOptions,
  sealedBy,
  sealedPrefix,
} from './seal/create-sealer.ts';
export { editKeyRing, type RingEdit } from './seal/edit-key-ring.ts';
export {
  type FollowedKeyRing,
  followKeyRing,
  type KeyRingFile,
  type RingNews,
  readKeyRingFile,
} from './seal/follow-key-ring.ts';
export { type KeyRing, KeyRingError, parseKeyRing, type SealingKey } from './seal/parse-key-ring.ts';
