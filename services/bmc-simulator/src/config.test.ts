import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '@consolemesh/config';
import { expectReadmeTable } from '@consolemesh/config/testing';
import { expect, it } from 'vitest';
import { settings } from './config.ts';
import { idracMisbehaviourTable } from './idrac/misbehaviour.ts';
import { idracVncMisbehaviourTable } from './idrac/vnc/misbehaviour.ts';
import { ipmiMisbehaviourTable } from './ipmi/misbehaviour.ts';
import { openbmcMisbehaviourTable } from './openbmc/misbehaviour.ts';
import { sshMisbehaviourTable } from './ssh/misbehaviour.ts';
import { misbehaviourTable } from './vnc/misbehaviour.ts';

const readme = new URL('../README.md', import.meta.url);

it('documents its settings in the README', () => {
  expectReadmeTable(settings, readme);
});

it('documents its misbehaviour in the README', () => {
  const text = readFileSync(readme, 'utf8');
  for (const table of [
    misbehaviourTable(),
    idracMisbehaviourTable(),
    idracVncMisbehaviourTable(),
    ipmiMisbehaviourTable(),
    openbmcMisbehaviourTable(),
    sshMisbehaviourTable(),
  ])
    expect(text).toContain(table);
});

it('needs no setting at all', () => {
  expect(readSettings(settings, {})).toMatchObject({ name: 'node-01', stage: 'post', maxSessions: 8 });
});

it('reads misbehaviour and security types from lists', () => {
  const config = readSettings(settings, {
    CONSOLEMESH_SIMULATOR_MISBEHAVE: 'die-after=500, exclusive',
    CONSOLEMESH_SIMULATOR_SECURITY: 'TLSNone,None',
  });
  expect(config.misbehave).toEqual([{ dieAfterBytes: 500 }, { exclusive: true }]);
  expect(config.security).toEqual(['TLSNone', 'None']);
});

it('reads what an iDRAC needs', () => {
  const config = readSettings(settings, {
    CONSOLEMESH_SIMULATOR_KIND: 'idrac',
    CONSOLEMESH_SIMULATOR_IDRAC_GENERATION: '8',
    CONSOLEMESH_SIMULATOR_IDRAC_MISBEHAVE: 'slow=300, lockout=2/10/30',
    CONSOLEMESH_SIMULATOR_IDRAC_VNC_MISBEHAVE: 'never-up',
  });
  expect(config).toMatchObject({
    kind: 'idrac',
    idracGeneration: '8',
    idracListen: { host: '127.0.0.1', port: 8443 },
    idracVncPort: 5901,
    idracMisbehave: [{ slowMs: 300 }, { lockout: { failures: 2, windowMs: 10_000, penaltyMs: 30_000 } }],
    idracVncMisbehave: [{ neverUp: true }],
  });
});

it('reads what IPMI needs, alone and beside others', () => {
  const CONSOLEMESH_SIMULATOR_IPMI_LISTEN = '127.0.0.1:6231';
  expect(readSettings(settings, { CONSOLEMESH_SIMULATOR_KIND: 'ipmi' }).ipmiListen).toBeUndefined();
  for (const CONSOLEMESH_SIMULATOR_KIND of ['ipmi', 'vnc', 'idrac']) {
    const env = {
      CONSOLEMESH_SIMULATOR_KIND,
      CONSOLEMESH_SIMULATOR_IPMI_LISTEN,
      CONSOLEMESH_SIMULATOR_IPMI_MISBEHAVE: 'partial=3,suites=17',
    };
    expect(readSettings(settings, env)).toMatchObject({
      ipmiListen: { host: '127.0.0.1', port: 6231 },
      ipmiMisbehave: [{ partial: 3 }, { suites: [17] }],
    });
  }
});

it('reads what an OpenBMC needs, with SSH beside it', () => {
  const config = readSettings(settings, {
    CONSOLEMESH_SIMULATOR_KIND: 'openbmc',
    CONSOLEMESH_SIMULATOR_OPENBMC_SYSTEMS: '4',
    CONSOLEMESH_SIMULATOR_OPENBMC_MISBEHAVE: 'untold,consoles=2',
    CONSOLEMESH_SIMULATOR_SSH_LISTEN: '127.0.0.1:2200',
    CONSOLEMESH_SIMULATOR_SSH_MISBEHAVE: 'in-use',
  });
  expect(config).toMatchObject({
    openbmcListen: { host: '127.0.0.1', port: 8443 },
    openbmcSystems: 4,
    openbmcMisbehave: [{ untold: true }, { mostConsoles: 2 }],
    sshListen: { host: '127.0.0.1', port: 2200 },
    sshMisbehave: [{ inUse: true }],
  });
});

it('takes the users of an iDRAC from a file and repeats none of their passwords', () => {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-users-'));
  const file = join(folder, 'users');
  const env = { CONSOLEMESH_SIMULATOR_KIND: 'idrac', CONSOLEMESH_SIMULATOR_IDRAC_USERS_FILE: file };
  writeFileSync(file, 'root:administrator:secret99\n');
  expect(readSettings(settings, env).idracUsers?.reveal()).toBe('root:administrator:secret99');
  writeFileSync(file, 'root:king:secret99\n');
  expect(() => readSettings(settings, env)).toThrow(/line 1 should be/);
  expect(() => readSettings(settings, env)).not.toThrow(/secret99/);
  rmSync(folder, { recursive: true });
});

it.each([
  [{ CONSOLEMESH_SIMULATOR_IDRAC_MISBEHAVE: 'slow=1' }, /IDRAC_MISBEHAVE does nothing for .*KIND=vnc/],
  [
    { CONSOLEMESH_SIMULATOR_KIND: 'idrac', CONSOLEMESH_SIMULATOR_MISBEHAVE: 'exclusive' },
    /MISBEHAVE does nothing for .*KIND=idrac/,
  ],
  [
    { CONSOLEMESH_SIMULATOR_KIND: 'idrac', CONSOLEMESH_SIMULATOR_IDRAC_MISBEHAVE: 'explode' },
    /no misbehaviour "explode"; there is slow=/,
  ],
  [{ CONSOLEMESH_SIMULATOR_IDRAC_VNC_PORT: '80' }, /1024 to 65535/],
  [{ CONSOLEMESH_SIMULATOR_IPMI_MISBEHAVE: 'partial=3' }, /set CONSOLEMESH_SIMULATOR_IPMI_LISTEN/],
  [
    { CONSOLEMESH_SIMULATOR_KIND: 'ipmi', CONSOLEMESH_SIMULATOR_SECURITY: 'None' },
    /SECURITY does nothing for .*KIND=ipmi/,
  ],
  [{ CONSOLEMESH_SIMULATOR_SSH_LISTEN: '127.0.0.1:22' }, /SSH_LISTEN does nothing for .*KIND=vnc/],
  [
    { CONSOLEMESH_SIMULATOR_KIND: 'idrac', CONSOLEMESH_SIMULATOR_SSH_MISBEHAVE: 'in-use' },
    /set CONSOLEMESH_SIMULATOR_SSH_LISTEN/,
  ],
  [{ CONSOLEMESH_SIMULATOR_KIND: 'ilo' }, /vnc, idrac/],
  [{ CONSOLEMESH_SIMULATOR_MISBEHAVE: 'explode' }, /no misbehaviour "explode"/],
  [{ CONSOLEMESH_SIMULATOR_SECURITY: 'VNC2' }, /expected X509Plain/],
  [{ CONSOLEMESH_SIMULATOR_SECURITY: 'VNC' }, /set CONSOLEMESH_SIMULATOR_PASSWORD_FILE/],
  [{ CONSOLEMESH_SIMULATOR_SECURITY: 'X509None' }, /CERTIFICATE_FILE/],
  [{ CONSOLEMESH_SIMULATOR_TLS_FIRST: 'true' }, /CERTIFICATE_FILE/],
  [{ CONSOLEMESH_SIMULATOR_PASSWORD: 'inline' }, /set CONSOLEMESH_SIMULATOR_PASSWORD_FILE/],
  [{ CONSOLEMESH_SIMULATOR_NAME: 'not a name' }, /expected a host name/],
])('says what to do about %o', (env, advice) => {
  expect(() => readSettings(settings, env)).toThrow(advice);
});
