import { Fault, faults } from './faults.ts';
import type { Properties } from './wsman-class.ts';

/** Whether an instance is wanted. */
export type Filter = (instance: Properties) => boolean;

/**
 * Reads `select … from <Class> [where <Property> = "…" [and …]]`, which CQL and WQL share as far as clients of iDRACs go. What is
 * selected plays no role: iDRACs answer whole instances. `=`, `!=` and `<>` compare text.
 * @throws Fault when it is anything else, or about another class
 */
export function parseFilter(query: string, className: string): Filter {
  const [, from, where] =
    /^\s*select\s+[\w*,\s]+\s+from\s+(\w+)(?:\s+where\s+(.+?))?\s*$/is.exec(query) ?? [];
  if (from !== className) throw new Fault(faults.badFilter);
  if (where === undefined) return () => true;
  const conditions = where.split(/\s+and\s+(?=\w+\s*(?:=|!=|<>))/i).map(parseCondition);
  return (instance) => conditions.every((holds) => holds(instance));
}

function parseCondition(text: string): Filter {
  const [, name, operator, , value] = /^\s*(\w+)\s*(=|!=|<>)\s*(["'])(.*)\3\s*$/s.exec(text) ?? [];
  if (name === undefined || value === undefined || value.includes('"')) throw new Fault(faults.badFilter);
  return (instance) => {
    const found = instance[name];
    const equal = Array.isArray(found) ? found.includes(value) : found === value;
    return equal === (operator === '=');
  };
}
