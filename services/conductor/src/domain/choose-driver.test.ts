import { MeshError, type Violation } from '@consolemesh/errors';
import { describe, expect, test } from 'vitest';
import { type Candidate, chooseDriver } from './choose-driver.ts';

const mistake: Violation = { field: 'driver_info.address', reason: 'FIELD_REQUIRED', message: 'is needed' };

const candidate = (
  name: string,
  validate: Candidate['validate'],
  { serves = true, knows = 1 } = {},
): Candidate => ({ name, knows, serves: () => serves, validate });
const accepts = (name: string) => candidate(name, async () => []);
const refuses = (name: string) => candidate(name, async () => [mistake]);
const silent = (name: string) => candidate(name, async () => undefined);

describe('the choice of a driver', () => {
  test('auto takes the first that accepts the node and says who was passed over, and why', async () => {
    const choice = await chooseDriver('graphical', 'auto', [
      refuses('redfish'),
      silent('idrac'),
      accepts('vnc'),
      accepts('fake'),
    ]);
    expect(choice.driver).toBe('vnc');
    expect(choice.why).toContain('redfish: driver_info.address: is needed');
    expect(choice.why).toContain('idrac: no instance answers');
  });

  test('auto without any says what each driver misses', async () => {
    const broken = candidate('odd', async () => {
      throw new MeshError('PLUGIN_ANSWER_INVALID', 'driver odd: nonsense');
    });
    const choice = chooseDriver('serial', 'auto', [
      refuses('redfish'),
      candidate('vnc', async () => [], { serves: false }),
      broken,
    ]);
    await expect(choice).rejects.toMatchObject({
      reason: 'NO_DRIVER',
      message:
        'No driver accepts this node: redfish: driver_info.address: is needed; vnc: serves no serial interface; odd: driver odd: nonsense.',
    });
  });

  test('auto never takes a driver that knows no option of the node, however content it is', async () => {
    const content = candidate('fake', async () => [], { knows: 0 });
    await expect(chooseDriver('graphical', 'auto', [content])).rejects.toMatchObject({
      reason: 'NO_DRIVER',
      message: 'No driver accepts this node: fake: knows no option of this node.',
    });
  });

  test('auto without any tells the mistakes that the driver finds that knows most of the options', async () => {
    const typo: Violation = { field: 'driver_info.prot', reason: 'FIELD_UNKNOWN', message: 'is no option' };
    const closer = candidate('vnc', async () => [mistake, typo], { knows: 2 });
    await expect(chooseDriver('graphical', 'auto', [refuses('redfish'), closer])).rejects.toMatchObject({
      reason: 'NO_DRIVER',
      violations: [mistake, typo],
    });
  });

  test('a named driver is taken or its reasons are told', async () => {
    expect((await chooseDriver('serial', 'b', [accepts('a'), accepts('b')])).driver).toBe('b');
    await expect(chooseDriver('serial', 'a', [refuses('a')])).rejects.toMatchObject({
      violations: [mistake],
    });
    await expect(chooseDriver('serial', 'c', [accepts('a')])).rejects.toMatchObject({
      reason: 'DRIVER_NOT_FOUND',
    });
    await expect(chooseDriver('serial', 'a', [silent('a')])).rejects.toMatchObject({
      reason: 'DRIVER_UNAVAILABLE',
    });
    await expect(chooseDriver('serial', 'none', [accepts('a')])).rejects.toMatchObject({
      reason: 'NO_DRIVER',
    });
  });

  test('a call that was given up is not a reason against a driver', async () => {
    const cancelled = candidate('a', async () => {
      throw new MeshError('CANCELLED');
    });
    await expect(chooseDriver('serial', 'auto', [cancelled, accepts('b')])).rejects.toMatchObject({
      reason: 'CANCELLED',
    });
  });
});
