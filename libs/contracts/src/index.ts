export {
  type AuditCheck,
  type AuditContents,
  auditGenesis,
  auditHash,
  createAuditCheck,
  encodeAuditEvent,
} from './audit-chain.ts';
export { descriptorSet } from './descriptors.ts';
export { secretFieldNames } from './secret-fields.ts';
