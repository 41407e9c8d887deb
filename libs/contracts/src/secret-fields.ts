import { BinaryReader } from '@bufbuild/protobuf/wire';
import { descriptorSet } from './descriptors.ts';

/** Field number of the option `consolemesh.types.v1.secret` (types/v1/options.proto). */
const secretOption = 50101;

/** Where FileDescriptorSet and its parts keep what is needed here (google/protobuf/descriptor.proto). */
const tag = { setFile: 1, fileMessage: 4, messageField: 2, messageNested: 3, fieldName: 1, fieldOptions: 8 };

let cached: ReadonlySet<string> | undefined;

/**
 * Names of all fields that the contracts mark as secret, in their TypeScript form (`driverSecrets`, `token`). Redaction goes by the
 * name alone, so that a secret copied into another object or into a log line is masked as well.
 */
export function secretFieldNames(): ReadonlySet<string> {
  cached ??= new Set(readSecretNames());
  return cached;
}

function* readSecretNames(): Generator<string> {
  for (const file of children(descriptorSet(), tag.setFile)) {
    for (const message of children(file, tag.fileMessage)) yield* messageSecrets(message);
  }
}

function* messageSecrets(message: Uint8Array): Generator<string> {
  for (const nested of children(message, tag.messageNested)) yield* messageSecrets(nested);
  for (const field of children(message, tag.messageField)) {
    const [name] = children(field, tag.fieldName);
    const [options] = children(field, tag.fieldOptions);
    if (name && options && hasSecretOption(options)) yield camelCase(Buffer.from(name).toString('utf8'));
  }
}

function children(message: Uint8Array, field: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === field && wireType === 2) found.push(reader.bytes());
    else reader.skip(wireType);
  }
  return found;
}

function hasSecretOption(options: Uint8Array): boolean {
  const reader = new BinaryReader(options);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === secretOption && wireType === 0) return reader.bool();
    reader.skip(wireType);
  }
  return false;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
