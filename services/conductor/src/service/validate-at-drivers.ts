import type { InterfaceValidation } from '@consolemesh/contracts/conductor';
import { MeshError, type Violation } from '@consolemesh/errors';
import { chooseDriver } from '../domain/choose-driver.ts';
import { accessOf, type InterfaceName, interfaceNames, type Node, type NodeAccess } from '../domain/node.ts';
import type { NodeFields } from '../domain/node-fields.ts';
import type { Plugins } from '../plugins/plugins.ts';

/**
 * What the drivers of a node find wrong with its options, each mistake once: those that it names, and for `auto` the one that knows most of
 * its options when none accepts it. Drivers that are not there are not missed: a node may be written down before its driver runs.
 */
export async function validateAtDrivers(
  plugins: Plugins,
  nodeId: string,
  fields: NodeFields,
): Promise<readonly Violation[]> {
  const access: NodeAccess = {
    nodeId,
    nodeName: fields.name,
    info: fields.driverInfo,
    secrets: fields.driverSecrets,
    drivers: Object.values(fields.interfaces),
  };
  const found = new Map<string, Violation>();
  for (const name of interfaceNames) {
    for (const violation of await mistakesFor(plugins, access, name, fields.interfaces[name]))
      found.set(`${violation.field} ${violation.message}`, violation);
  }
  return [...found.values()];
}

async function mistakesFor(
  plugins: Plugins,
  access: NodeAccess,
  name: InterfaceName,
  driver: string,
): Promise<readonly Violation[]> {
  if (driver === 'none') return [];
  const candidates = plugins.candidates(access, kindOf(name), false);
  try {
    await chooseDriver(name, driver, candidates);
    return [];
  } catch (error) {
    if (!(error instanceof MeshError) || error.reason === 'PLUGIN_ANSWER_INVALID') throw error;
    return error.violations;
  }
}

/** What would work for each interface of a node, and why. */
export async function validateInterfaces(
  plugins: Plugins,
  node: Node,
  reach: boolean,
): Promise<InterfaceValidation[]> {
  const named = interfaceNames.filter((name) => node.interfaces[name] !== 'none');
  return Promise.all(named.map((name) => validateInterface(plugins, node, name, reach)));
}

async function validateInterface(
  plugins: Plugins,
  node: Node,
  name: InterfaceName,
  reach: boolean,
): Promise<InterfaceValidation> {
  const access = accessOf(node);
  const kind = kindOf(name);
  const setting = node.interfaces[name];
  try {
    const { driver, why } = await chooseDriver(name, setting, plugins.candidates(access, kind, false));
    const deep = reach
      ? plugins.candidates(access, kind, true).find((candidate) => candidate.name === driver)
      : undefined;
    return { interface: name, driver, why, violations: [...((await deep?.validate()) ?? [])] };
  } catch (error) {
    if (!(error instanceof MeshError)) throw error;
    const driver = setting === 'auto' ? '' : setting;
    const violations =
      error.violations.length > 0 || driver === ''
        ? [...error.violations]
        : [{ field: `interfaces.${name}`, reason: error.reason, message: error.message }];
    return { interface: name, driver, why: error.message, violations };
  }
}

function kindOf(name: InterfaceName): 'graphical' | 'serial' | undefined {
  return name === 'power' ? undefined : name;
}
