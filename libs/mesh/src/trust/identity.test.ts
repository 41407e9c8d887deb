import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseTarget, targetOf } from '../calls/target.ts';
import { authorization, mayCall } from './authorize.ts';
import { isLoopback } from './credentials.ts';
import { certificateIdentity, wrongServer } from './identity.ts';

const san = (subjectaltname: string) => certificateIdentity({ subjectaltname }, 'mesh.example');

describe('the identity in a certificate', () => {
  it('is its one URI SAN under the trust domain', () => {
    expect(san('URI:spiffe://mesh.example/service/conductor, DNS:conductor')).toEqual({
      kind: 'service',
      name: 'conductor',
    });
    expect(san('URI:spiffe://mesh.example/user/alice@example')).toEqual({
      kind: 'user',
      name: 'alice@example',
    });
  });

  it('is nobody for another trust domain, several URIs, none, or a word that means the machine itself', () => {
    expect(san('URI:spiffe://evil.example/service/conductor')).toBeUndefined();
    expect(san('URI:spiffe://mesh.example.evil/service/conductor')).toBeUndefined();
    expect(san('URI:spiffe://mesh.example/service/a, URI:spiffe://mesh.example/service/b')).toBeUndefined();
    expect(san('DNS:conductor')).toBeUndefined();
    expect(san('URI:spiffe://mesh.example/local')).toBeUndefined();
    expect(san('URI:spiffe://mesh.example/service/a/b')).toBeUndefined();
  });
});

describe('the certificate of a server', () => {
  const judge = (uri: string, service?: string) =>
    wrongServer({ subjectaltname: `URI:spiffe://mesh.example/${uri}` }, 'mesh.example', service);

  it('is right for the service that was called, and for any where none was named', () => {
    expect(judge('service/conductor', 'conductor')).toBeUndefined();
    expect(judge('service/bmc-driver-acme')).toBeUndefined();
  });

  it('is wrong for another service, a user of the same name, and nobody', () => {
    const expected = 'is that of service/token, not of service/conductor';
    expect(judge('service/token', 'conductor')).toBe(expected);
    const none = 'names no service of the trust domain mesh.example';
    for (const service of ['conductor', undefined]) {
      expect(judge('user/conductor', service)).toBe(none);
      expect(judge('service/conductor/more', service)).toBe(none);
    }
  });
});

describe('the authorization table', () => {
  const methods = protoMethods();

  it('has a row for every RPC of the contracts, and none for an RPC that does not exist', () => {
    for (const method of methods) {
      expect(
        mayCall({ kind: 'service', name: 'nobody' }, method) || rowOf(method) !== undefined,
        method,
      ).toBe(true);
    }
    for (const key of Object.keys(authorization)) {
      const found = methods.some(
        (method) => method === key || key === `${method.slice(0, method.indexOf('/'))}/*`,
      );
      expect(found, key).toBe(true);
    }
  });

  it('stands in the README exactly as it is in the code', () => {
    const readme = new URL('../../README.md', import.meta.url);
    const cell = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
    const rows = Object.entries(authorization).map(([key, names]) => `| \`${key}\` | ${cell(names)} |`);
    const table = ['| RPC | who may call it |', '|---|---|', ...rows].join('\n');
    const text = readFileSync(readme, 'utf8');
    const updated = text.replace(
      /<!-- authorization -->[\s\S]*<!-- \/authorization -->/,
      `<!-- authorization -->\n${table}\n<!-- /authorization -->`,
    );
    if (process.env.UPDATE_README === '1') writeFileSync(readme, updated);
    expect(text, 'run the tests with UPDATE_README=1').toBe(updated);
  });

  it('lets the longest match decide', () => {
    const user = { kind: 'user', name: 'alice' } as const;
    expect(mayCall(user, '/consolemesh.conductor.v1.SessionService/ListSessions')).toBe(true);
    expect(mayCall(user, '/consolemesh.conductor.v1.SessionService/OpenSession')).toBe(false);
    expect(
      mayCall(
        { kind: 'service', name: 'novncproxy' },
        '/consolemesh.conductor.v1.SessionService/OpenSession',
      ),
    ).toBe(true);
    expect(mayCall(user, '/consolemesh.unknown.v1.Service/Call')).toBe(false);
  });

  function rowOf(method: string): readonly string[] | undefined {
    return authorization[method] ?? authorization[`${method.slice(0, method.indexOf('/'))}/*`];
  }
});

describe('targets and hosts', () => {
  it('know loopback from what only looks like it', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', 'localhost', '::1', '[::1]'])
      expect(isLoopback(host), host).toBe(true);
    for (const host of ['127.0.0.1.example', 'localhost.example', '0.0.0.0', '::', '10.0.0.1']) {
      expect(isLoopback(host), host).toBe(false);
    }
  });

  it('can be written and read back, IPv6 included', () => {
    for (const [host, port] of [
      ['127.0.0.1', 7110],
      ['::1', 1],
      ['mesh.example', 65_535],
    ] as const) {
      expect(parseTarget(targetOf(host, port))).toEqual({ host, port });
    }
    expect(parseTarget('ipv4:10.0.0.1:7110')).toEqual({ host: '10.0.0.1', port: 7110 });
    expect(parseTarget('unix:/run/x.sock')).toBeUndefined();
    expect(parseTarget('dns:///host:0')).toBeUndefined();
  });
});

/** `package.Service/Method` of every RPC in proto/, read from the files themselves. */
function protoMethods(): string[] {
  const folder = new URL('../../../../proto/', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.proto'),
  );
  return files.flatMap((file) => {
    const text = readFileSync(new URL(file, folder), 'utf8');
    const prefix = /^package ([\w.]+);/m.exec(text)![1]!;
    return [...text.matchAll(/^service (\w+) \{([\s\S]*?)^\}/gm)].flatMap(([, service, body]) =>
      [...body!.matchAll(/^ {2}rpc (\w+)\(/gm)].map(([, method]) => `${prefix}.${service}/${method}`),
    );
  });
}
