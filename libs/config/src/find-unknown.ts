import type { Mistake } from './config-error.ts';
import { nearestName } from './nearest-name.ts';

/**
 * Variables with our prefix that nobody reads. A typo would otherwise lose its setting silently. Values are not shown:
 * the name may be a mistyped secret.
 */
export function findUnknown(
  env: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
  prefix: string,
): Mistake[] {
  const names = new Set(known);
  return Object.keys(env)
    .filter(
      (name) => name.startsWith(prefix) && !names.has(name) && !setByOthers(name, prefix, env[name] ?? ''),
    )
    .sort()
    .map((variable) => {
      const plain = variable.replace(/_FILE$/, '');
      const near = names.has(plain) ? plain : nearestName(variable, known, { prefix });
      const advice = near ? `did you mean ${near}?` : 'remove it; the README lists what is read';
      return { variable, message: `${variable} is not a setting; ${advice}` };
    });
}

/**
 * True for what was not written as a setting: the variables that Kubernetes and Docker links put into every container for
 * a service called `consolemesh-…` (`…_SERVICE_HOST`, `…_PORT=tcp://…`, `…_PORT_7110_TCP_ADDR`), those that tests read,
 * and empty ones, which count as unset.
 */
function setByOthers(name: string, prefix: string, value: string): boolean {
  return (
    value.trim() === '' ||
    name.startsWith(`${prefix}TEST_`) ||
    /_SERVICE_HOST$|_SERVICE_PORT(_[A-Z0-9_]+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name) ||
    (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value))
  );
}
