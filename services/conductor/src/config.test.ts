import { readSettings } from '@consolemesh/config';
import { expectReadmeTable } from '@consolemesh/config/testing';
import { describe, expect, test } from 'vitest';
import { keyRingBeside, settings } from './config.ts';

describe('the settings', () => {
  test('stand in the README as they are', () => {
    expectReadmeTable(settings, new URL('../README.md', import.meta.url));
  });

  test('have defaults for a laptop', () => {
    const config = readSettings(settings, {});
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 7110 });
    expect(config.database.reveal()).toBe('sqlite:conductor.sqlite');
    expect(config).toMatchObject({ route: 'auto', lease: 15_000, stopConsolesOnExit: false, drivers: [] });
  });

  test('keep the order of the drivers, which auto asks in it', () => {
    const config = readSettings(settings, { CONSOLEMESH_DRIVERS: 'dns:///b:1, dns:///a:1' });
    expect(config.drivers).toEqual(['dns:///b:1', 'dns:///a:1']);
  });

  test('take the name of whoever has to answer before a target, and nothing that is no target', () => {
    const config = readSettings(settings, { CONSOLEMESH_DRIVERS: 'bmc-driver-vnc@dns:///vnc:7150' });
    expect(config.drivers).toEqual(['bmc-driver-vnc@dns:///vnc:7150']);
    for (const wrong of [
      'vnc',
      '@dns:///vnc:1',
      'a b@dns:///vnc:1',
      'bmc-driver-vnc@',
      'bmc-driver-vnc@vnc',
    ]) {
      const read = () => readSettings(settings, { CONSOLEMESH_DRIVERS: `dns:///a:1,${wrong}` });
      expect(read, wrong).toThrow(
        `${wrong} is no place of a plugin; expected gRPC targets such as dns:///host:7150`,
      );
    }
  });

  test('refuse a database that is not understood, and one that is shared without a shared key ring', () => {
    const read = (url: string) => () => readSettings(settings, { CONSOLEMESH_DATABASE_URL: url });
    expect(read('mysql://x')).toThrow('CONSOLEMESH_DATABASE_URL is not understood');
    expect(read('postgres://user:hunter2@db/mesh')).toThrow('CONSOLEMESH_KEY_RING_FILE is not set');
    expect(read('postgres://user:hunter2@db/mesh')).not.toThrow('hunter2');
    expect(keyRingBeside('sqlite:/var/lib/mesh.sqlite')).toBe('/var/lib/mesh.sqlite.keys');
  });

  test('refuse users with passwords where calls would be in plaintext', () => {
    const users = { CONSOLEMESH_BASIC_AUTH_FILE: '/etc/consolemesh/users' };
    expect(() => readSettings(settings, users)).toThrow('CONSOLEMESH_BASIC_AUTH_FILE needs TLS');
    expect(readSettings(settings, { ...users, CONSOLEMESH_TLS_CA_FILE: 'ca.pem' }).basicAuth).toBe(
      '/etc/consolemesh/users',
    );
  });
});
