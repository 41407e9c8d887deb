import { readFileSync } from 'node:fs';

let cached: Buffer | undefined;

/** The serialised FileDescriptorSet of all contracts (`buf build`), for reflection and for the options on fields. */
export function descriptorSet(): Buffer {
  cached ??= readFileSync(new URL('./gen/descriptors.binpb', import.meta.url));
  return cached;
}
