import { isObject, type Json, property, textOf } from './json.ts';

/** One message of a service (DSP0266, "Extended information"). */
export interface RedfishMessage {
  /** Registry, version and key, such as `Base.1.12.PropertyValueNotInList`; empty when the service gave none. */
  readonly id: string;
  /** In the service's words, at most 500 characters, printable, without the secrets that were sent. */
  readonly text: string;
  /** `OK`, `Warning` or `Critical`, if it says so. */
  readonly severity?: string;
  /** What the service advises. */
  readonly resolution?: string;
  /** Properties that are meant, as JSON pointers (`#/Attributes/VNCServer.1.Port`). */
  readonly properties: readonly string[];
}

const MAX_MESSAGES = 32;
const MAX_TEXT = 500;
const KEY = '@Message.ExtendedInfo';

/**
 * The messages of an answer, of success or error:
 * `{ error: { code, message, "@Message.ExtendedInfo": [ … ] } }`, `{ "@Message.ExtendedInfo": [ … ] }` or
 * `{ "Name@Message.ExtendedInfo": [ … ] }`; some services give one object instead of a list, and a task has `Messages`.
 * @param secrets texts to blot out, those of four characters and more: services quote the values that they refuse
 */
export function readMessages(body: Json | undefined, secrets: readonly string[] = []): RedfishMessage[] {
  const error = property(body, 'error');
  const lists = [
    ...listOf(property(error, KEY)),
    ...listOf(property(body, KEY)),
    ...listOf(property(body, 'Messages')),
    ...annotations(body),
  ];
  const read = lists.slice(0, MAX_MESSAGES).flatMap((entry) => readMessage(entry, secrets));
  if (read.length > 0 || !isObject(error)) return read;
  // Only the summary: the code is a message id, mostly Base.x.GeneralError.
  return readMessage({ MessageId: error.code ?? '', Message: error.message ?? '' }, secrets);
}

function readMessage(entry: Json, secrets: readonly string[]): RedfishMessage[] {
  const clean = (name: string) => blot(textOf(property(entry, name)) ?? '', secrets);
  const id = clean('MessageId');
  const text = clean('Message');
  if (id === '' && text === '') return [];
  const severity = clean('MessageSeverity') || clean('Severity');
  const resolution = clean('Resolution');
  const related = listOf(property(entry, 'RelatedProperties')).flatMap((name) => textOf(name) ?? []);
  return [
    {
      id,
      text,
      ...(severity !== '' && { severity }),
      ...(resolution !== '' && { resolution }),
      properties: related.slice(0, MAX_MESSAGES).map((name) => blot(name, secrets)),
    },
  ];
}

function annotations(body: Json | undefined): Json[] {
  if (!isObject(body)) return [];
  return Object.entries(body).flatMap(([name, value]) =>
    name.endsWith(KEY) && name !== KEY ? listOf(value) : [],
  );
}

function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value as Json];
}

/** Shorter ones are in every text by chance: to blot them out would spoil it and show where they are. */
const SHORTEST_SECRET = 4;

/** A stranger's text for people: secrets blotted out before anything is cut, no control characters, an end. */
export function blot(text: string, secrets: readonly string[]): string {
  // The longest first, for one may be a part of another.
  const wanted = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
  let clean = text;
  for (const secret of wanted) clean = clean.replaceAll(secret, '***');
  clean = clean.replace(/[^\x20-\x7e\u00a0-\uffff]+/g, ' ').trim();
  return clean.length > MAX_TEXT ? `${clean.slice(0, MAX_TEXT)}…` : clean;
}

/** The texts in a request's body that stand under a name which sounds like a secret. */
export function secretsIn(body: Json | undefined): string[] {
  const found = new Set<string>();
  const visit = (value: Json, secret: boolean): void => {
    if (typeof value === 'string') {
      if (secret) found.add(value);
    } else if (Array.isArray(value)) {
      for (const item of value) visit(item as Json, secret);
    } else if (isObject(value)) {
      for (const [name, item] of Object.entries(value))
        visit(item, secret || /passw|secret|token|key$/i.test(name));
    }
  };
  if (body !== undefined) visit(body, false);
  return [...found];
}
