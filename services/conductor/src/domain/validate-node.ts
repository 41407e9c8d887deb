import type { Violation } from '@consolemesh/errors';
import { interfaceNames, type TextMap } from './node.ts';
import { type NodeFields, secretMask } from './node-fields.ts';

/** Limits of a node's fields. Sizes of maps: keys, then characters of a key, then bytes of a value. */
export const nodeLimits = {
  text: 255,
  reason: 1_000,
  map: { entries: 64, key: 64, value: 8 * 1024 },
  label: { entries: 64, key: 63, value: 63 },
} as const;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const namePattern = /^[A-Za-z0-9._-]{1,255}$/;
const driverPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Whether a word is a UUID in its usual form. */
export function isUuid(word: string): boolean {
  return uuidPattern.test(word);
}

/** Every mistake in a node's fields, in the order of the fields. */
export function validateNodeFields(fields: NodeFields): Violation[] {
  return [
    ...checkName(fields.name),
    ...interfaceNames.flatMap((name) => checkInterface(name, fields.interfaces[name])),
    ...checkMap('driver_info', fields.driverInfo, nodeLimits.map),
    ...checkMap('driver_secrets', fields.driverSecrets, nodeLimits.map),
    ...checkMask(fields.driverSecrets),
    ...(['owner', 'lessee'] as const).flatMap((name) => checkText(name, fields[name], nodeLimits.text)),
    ...checkText('instance_uuid', fields.instanceUuid, nodeLimits.text),
    ...checkText('maintenance_reason', fields.maintenanceReason, nodeLimits.reason),
    ...checkMap('labels', fields.labels, nodeLimits.label),
    ...emptyLabels(fields.labels),
    ...checkMap('extra', fields.extra, nodeLimits.map),
  ];
}

function checkName(name: string): Violation[] {
  if (name === '') return [{ field: 'name', reason: 'FIELD_REQUIRED', message: 'a node needs a name' }];
  if (!namePattern.test(name)) {
    return [invalid('name', 'expected 1 to 255 letters, digits, ".", "-" and "_"')];
  }
  return isUuid(name.toLowerCase())
    ? [invalid('name', 'a name that looks like a UUID would be taken for one')]
    : [];
}

function checkInterface(name: string, driver: string): Violation[] {
  if (driverPattern.test(driver)) return [];
  return [invalid(`interfaces.${name}`, 'expected the name of a driver, auto or none')];
}

function checkText(field: string, text: string, longest: number): Violation[] {
  if (text.length > longest) return [invalid(field, `expected at most ${longest} characters`)];
  return hasControl(text) ? [invalid(field, 'expected text without control characters')] : [];
}

function checkMap(
  field: string,
  map: TextMap,
  limits: { entries: number; key: number; value: number },
): Violation[] {
  const entries = Object.entries(map);
  const found: Violation[] = [];
  if (entries.length > limits.entries) found.push(invalid(field, `expected at most ${limits.entries} keys`));
  for (const [key, value] of entries.slice(0, limits.entries)) {
    if (key === '' || key.length > limits.key || hasControl(key)) {
      found.push(invalid(field, `a key has 1 to ${limits.key} characters`));
    } else if (Buffer.byteLength(value) > limits.value) {
      found.push(invalid(`${field}.${key}`, `expected at most ${limits.value} bytes`));
    } else if (value.includes('\0')) {
      found.push(invalid(`${field}.${key}`, 'expected text without NUL'));
    }
  }
  return found;
}

function checkMask(secrets: TextMap): Violation[] {
  return Object.entries(secrets)
    .filter(([, value]) => value === secretMask)
    .map(([key]) => invalid(`driver_secrets.${key}`, 'this is the mask that answers show, not a secret'));
}

function emptyLabels(labels: TextMap): Violation[] {
  return Object.entries(labels)
    .filter(([, value]) => value === '')
    .map(([key]) => invalid(`labels.${key}`, 'expected 1 to 63 characters'));
}

function hasControl(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\u0000-\u001f\u007f]/.test(text);
}

function invalid(field: string, message: string): Violation {
  return { field, reason: 'FIELD_INVALID', message };
}
