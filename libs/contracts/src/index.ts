export { descriptorSet } from './descriptors.ts';
export { secretFieldNames } from './secret-fields.ts';
