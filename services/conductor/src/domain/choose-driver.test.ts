import { MeshError, type Violation } from '@consolemesh/errors';
import { describe, expect, test } from 'vitest';
import { type Candidate, chooseDriver } from './choose-driver.ts';

const mistake: Violation = { field: 'driver_info.address', reason: 'FIELD_REQUIRED', message: 'is needed' };

const candidate = (name: string, validate: Candidate['validate'], serves = true): Candidate => ({
  name,
  serves: () => serves,
  validate,
});
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
      candidate('vnc', async () => [], false),
      broken,
    ]);
    await expect(choice).rejects.toMatchObject({
      reason: 'NO_DRIVER',
      message:
        'No driver accepts this node: redfish: driver_info.address: is needed; vnc: serves no serial interface; odd: driver odd: nonsense.',
    });
  });

  test('auto names the options that a driver does not know, without the list of those that it does', async () => {
    const unknown = (field: string): Violation => ({
      field,
      reason: 'FIELD_UNKNOWN',
      message: 'known are a, b, c',
    });
    const other = candidate('other', async () => [unknown('driver_info.x'), unknown('driver_info.y')]);
    await expect(chooseDriver('graphical', 'auto', [refuses('redfish'), other])).rejects.toMatchObject({
      message:
        'No driver accepts this node: redfish: driver_info.address: is needed; other: does not know driver_info.x, driver_info.y.',
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
