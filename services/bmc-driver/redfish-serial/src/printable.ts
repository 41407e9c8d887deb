const most = 200;

/** A stranger's text for people: no control characters, an end. */
export function printable(text: string): string {
  const clean = text.replace(/[^\x20-\x7e\u00a0-\uffff]+/g, ' ').trim();
  return clean.length > most ? `${clean.slice(0, most)}…` : clean;
}
