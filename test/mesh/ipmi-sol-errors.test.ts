import { createSocket } from 'node:dgram';
import { STATUS } from '@consolemesh/ipmi';
import type { BmcOptions } from '@consolemesh/ipmi/bmc';
import { describe, expect, it } from 'vitest';
import { solUser, unusedUdpPort } from '../harness/sol-machine.ts';
import { startSolWorld } from '../harness/sol-world.ts';

type Options = Readonly<Record<string, string>>;

/** What is wrong with the BMC or the node, the reason, the option that is named, and what the text has to say. */
const mistakes: readonly [string, Partial<BmcOptions>, Options, Options, string, string, RegExp][] = [
  [
    'another password',
    {},
    {},
    { ipmi_password: 'rosewood' },
    'BMC_AUTHENTICATION_FAILED',
    'driver_secrets.ipmi_password',
    /another password/,
  ],
  [
    'a password too long for the BMC, which stored its beginning',
    {
      users: [{ ...solUser, password: '0123456789abcdefghij' }],
      quirks: { passwordBytes: 16 },
    },
    {},
    { ipmi_password: '0123456789abcdefghij' },
    'BMC_AUTHENTICATION_FAILED',
    'driver_secrets.ipmi_password',
    /first 16/,
  ],
  [
    'an unknown user',
    {},
    { ipmi_username: 'nobody' },
    {},
    'BMC_AUTHENTICATION_FAILED',
    'driver_info.ipmi_username',
    /no such user/,
  ],
  [
    'a K_g that the BMC has and the node has not',
    { kg: 'K'.repeat(20) },
    {},
    {},
    'BMC_AUTHENTICATION_FAILED',
    'driver_secrets.ipmi_hex_kg_key',
    /has a K_g/,
  ],
  [
    'another K_g',
    { kg: 'K'.repeat(20) },
    {},
    { ipmi_hex_kg_key: '00'.repeat(20) },
    'BMC_AUTHENTICATION_FAILED',
    'driver_secrets.ipmi_hex_kg_key',
    /K_g is another/,
  ],
  [
    'a suite that is not offered',
    { suites: [3] },
    { ipmi_cipher_suite: '17' },
    {},
    'BMC_SECURITY_UNSUPPORTED',
    'driver_info.ipmi_cipher_suite',
    /offers cipher suites 3 \(HMAC-SHA1, .*\); wanted: 17/,
  ],
  [
    'a privilege that the user has not',
    { users: [{ ...solUser, privilege: 'operator' }] },
    {},
    {},
    'BMC_PERMISSION_DENIED',
    'driver_info.ipmi_priv_level',
    /privilege/,
  ],
  [
    'no session left',
    { faults: { status: (message) => (message === 'Open Session' ? STATUS.noResources : undefined) } },
    {},
    {},
    'BMC_BUSY',
    'driver_info',
    /all sessions/,
  ],
  [
    'a BMC that answers nothing',
    { faults: { packet: () => 'drop' } },
    {},
    {},
    'BMC_TIMEOUT',
    'driver_info.ipmi_address',
    /nothing answered/,
  ],
  [
    'half a handshake',
    {
      faults: {
        packet: (direction, packet) => (direction === 'out' && packet[5] === 0x13 ? 'drop' : undefined),
      },
    },
    {},
    {},
    'BMC_TIMEOUT',
    'driver_info.ipmi_address',
    /stopped answering during the login/,
  ],
  [
    'serial over LAN that the user may not use',
    { users: [{ ...solUser, sol: false }] },
    {},
    {},
    'BMC_CONSOLE_DISABLED',
    'driver_info.ipmi_username',
    /may not use serial over LAN|disabled/,
  ],
  [
    'a name that is none',
    {},
    { ipmi_address: 'no-such-bmc.invalid' },
    {},
    'BMC_NAME_NOT_FOUND',
    'driver_info.ipmi_address',
    /no-such-bmc/,
  ],
];

describe('a start and a validation meet', () => {
  it.each(mistakes)('%s', async (_what, bmc, info, secrets, reason, field, words) => {
    await using world = await startSolWorld(bmc);
    const console = world.console(info, secrets);
    const [violation, ...others] = await console.validate();
    expect(violation).toMatchObject({ reason, field });
    expect(violation!.message).toMatch(words);
    expect(others.filter((other) => other.reason !== reason)).toEqual([]);
    await expect(console.start()).rejects.toMatchObject({ reason });
    // Keys that differ cannot end what the BMC takes for a session: it forgets that by itself.
    if (!field.endsWith('kg_key')) expect(world.machine.bmc.sessions).toEqual([]);
    const told = [...world.log, JSON.stringify(violation)].join('\n');
    for (const secret of [solUser.password, 'rosewood', '0123456789abcdefghij', 'KKKK', '00'.repeat(20)]) {
      expect(told).not.toContain(secret);
    }
  });

  it('a port where nobody listens', async () => {
    await using world = await startSolWorld();
    const [violation] = await world.console({ ipmi_port: `${await unusedUdpPort()}` }).validate();
    expect(violation).toMatchObject({ reason: 'BMC_REFUSED', field: 'driver_info.ipmi_port' });
  });

  it('somebody who answers garbage', async () => {
    const socket = createSocket('udp4');
    socket.on('message', (_packet, { port, address }) =>
      socket.send(Buffer.from('0600ff07061300ffffffffffffffffffffff', 'hex'), port, address),
    );
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    await using world = await startSolWorld();
    const [violation] = await world.console({ ipmi_port: `${socket.address().port}` }).validate();
    expect(violation).toMatchObject({ reason: 'BMC_TIMEOUT' });
    socket.close();
  });
});

/** What Activate Payload answers, or does to it, and how a viewer is told. */
const refusals: readonly [string, Partial<BmcOptions>, Options, string, RegExp][] = [
  ['is disabled', completion(0x81), {}, 'BMC_CONSOLE_DISABLED', /ipmitool sol set enabled true/],
  ['is at its limit', completion(0x82), {}, 'BMC_BUSY', /end another session first/],
  ['cannot be encrypted', completion(0x83), {}, 'BMC_SECURITY_UNSUPPORTED', /ipmi_sol_encrypt = preferred/],
  [
    'has to be encrypted',
    completion(0x84),
    { ipmi_sol_encrypt: 'off' },
    'BMC_SECURITY_UNSUPPORTED',
    /ipmi_sol_encrypt = required/,
  ],
  [
    'is on another port, where nobody is,',
    { faults: { activation: { port: 2068 } } },
    {},
    'BMC_PROTOCOL_ERROR',
    /on UDP port 2068, .*ipmi_quirks = auto,solport.*:2068: nothing listens/,
  ],
];

function completion(code: number): Partial<BmcOptions> {
  return { faults: { completion: (name) => (name === 'Activate Payload' ? code : undefined) } };
}

describe('a viewer of a console that', () => {
  it.each(refusals)('%s is told so', async (_what, bmc, info, reason, words) => {
    await using world = await startSolWorld(bmc);
    const console = world.console(info);
    await console.start();
    const viewer = console.attach();
    await expect(viewer.ended).rejects.toMatchObject({ reason, message: expect.stringMatching(words) });
    expect(world.machine.bmc.sessions).toEqual([]);
  });
});

describe('a BMC that deviates is served all the same:', () => {
  it.each<[string, Partial<BmcOptions>, Options]>([
    ['nonsense in the sizes', { faults: { activation: { inboundBytes: 0xffff } } }, {}],
    ['a port in the other byte order', { faults: { activation: { port: 0x6f02 } } }, {}],
    [
      'another port that is to be ignored',
      { faults: { activation: { port: 9 } } },
      { ipmi_quirks: 'auto,solport' },
    ],
    [
      'no encryption, where that is acceptable',
      { quirks: { plainSol: true } },
      { ipmi_sol_encrypt: 'preferred' },
    ],
    ['it wants the privilege when a session is opened', { quirks: { openPrivilege: 'wanted' } }, {}],
    ['it does not list its suites', { listsSuites: false }, {}],
    ['only suite 3', { suites: [3] }, {}],
    ['a K_g', { kg: Buffer.alloc(20, 0xab) }, { kg: 'ab'.repeat(20) }],
    ['it takes a few characters at a time', { faults: { room: (free) => Math.min(free, 2) } }, {}],
    [
      'it tells nothing about sessions and owners',
      {
        faults: {
          completion: (name) =>
            ['Get Session Info', 'Get Payload Instance Info', 'Get User Name'].includes(name)
              ? 0xc1
              : undefined,
        },
      },
      {},
    ],
  ])('%s', async (_what, bmc, { kg, ...info }) => {
    await using world = await startSolWorld(bmc);
    const console = world.console(info, kg ? { ipmi_hex_kg_key: kg } : {});
    expect(await console.validate()).toEqual([]);
    await console.start();
    await using viewer = console.attach();
    await viewer.event('opened');
    viewer.send(Buffer.from('some more characters'));
    await viewer.readUntil('some more characters');
  });
});
