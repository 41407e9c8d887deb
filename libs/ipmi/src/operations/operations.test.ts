import { describe, expect, it } from 'vitest';
import { Completion, handler } from '../bmc/handlers.ts';
import { BOOT_PARAMETER, type BootFlags, parseBootFlags, setBootOption } from '../commands/boot-options.ts';
import { setSolConfig } from '../commands/sol-config.ts';
import { BMC_ADDRESS, createStage, failure } from '../testing/stage.ts';
import { getBootDevice, setBootDevice } from './boot-device.ts';
import { pingBmc } from './ping-bmc.ts';
import { readSolParameters } from './sol-parameters.ts';

describe('the boot device', () => {
  it('is set for the next boot and read again', async () => {
    let flags: BootFlags | undefined;
    const stage = createStage({
      chassis: {
        powerOn: () => true,
        control: () => {},
        bootFlags: () => flags!,
        setBootFlags: (given) => {
          flags = given;
        },
      },
    });
    const session = await stage.open();
    await stage.until(setBootDevice(session, 'network', { uefi: true }));
    const expected = { valid: true, persistent: false, uefi: true, device: 'network' };
    expect(flags).toEqual(expected);
    expect(await stage.until(getBootDevice(session))).toEqual(expected);
    await stage.until(setBootDevice(session, 'none'));
    expect(flags).toMatchObject({ valid: false, device: 'none' });
  });

  it('is set on a BMC that knows no parameter but the flags', async () => {
    const set: unknown[] = [];
    const stage = createStage({
      handlers: [
        handler(setBootOption, 3, ({ parameter, data }) => {
          if (parameter !== BOOT_PARAMETER.flags) throw new Completion(0x80);
          set.push(parseBootFlags(data));
          return {};
        }),
      ],
    });
    const session = await stage.open();
    await stage.until(setBootDevice(session, 'setup', { persistent: true }));
    expect(set).toEqual([{ valid: true, persistent: true, uefi: false, device: 'setup' }]);
  });
});

describe('the parameters of SOL', () => {
  it('are read in their units, as far as the BMC tells', async () => {
    const stage = createStage();
    const session = await stage.open();
    const all = await stage.until(readSolParameters(session));
    expect(all).toEqual({
      enabled: true,
      forceEncryption: false,
      forceAuthentication: false,
      privilege: 2,
      accumulateMs: 60,
      sendThreshold: 96,
      retries: 7,
      retryMs: 500,
      bitRate: 115_200,
      channel: 1,
      port: 623,
    });
    await stage.until(session.run(setSolConfig, { channel: 1, parameter: 1, data: Buffer.from([0]) }));
    expect(await failure(stage.until(session.activateSol()))).toMatchObject({ code: 'SOL_DISABLED' });
    stage.bmc.faults.completion = () => 0x80;
    expect(await stage.until(readSolParameters(session))).toEqual({});
  });
});

describe('looking at a BMC without logging in', () => {
  it('tells what it offers', async () => {
    const stage = createStage({ kg: 'key' });
    const { transport } = stage.network;
    const seen = await stage.until(pingBmc({ host: BMC_ADDRESS, transport, clock: stage.clock }));
    expect(seen).toMatchObject({ capabilities: { ipmi2: true, kgSet: true }, suites: [3, 17] });
  });

  it('tells why there is nothing to see', async () => {
    const stage = createStage();
    const { transport } = stage.network;
    const ping = (host: string) => failure(stage.until(pingBmc({ host, transport, clock: stage.clock })));
    expect((await ping('192.0.2.77')).code).toBe('REFUSED');
    stage.network.filter = () => false;
    expect((await ping(BMC_ADDRESS)).code).toBe('TIMEOUT');
  });
});
