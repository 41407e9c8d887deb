import { parseIdentity } from '@consolemesh/mesh';
import { isAddress, issueCertificate, trustDomainOf } from '../../certs/authority.ts';
import { certificateFiles, readAuthority, refuseExisting, writeIssued } from '../../certs/files.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../exit-codes.ts';

/** Options of `certs issue`. */
export interface IssueOptions {
  readonly all?: boolean;
  readonly dns?: string[];
  readonly ip?: string[];
  readonly days: number;
  readonly replace?: boolean;
}

/** Identities of `certs issue --all`: the services of the design, and somebody to call them. */
export const usualIdentities = [
  'service/conductor',
  'service/token',
  'service/novncproxy',
  'service/serialproxy',
  'service/bmc-driver',
  'service/container-provider',
  'service/ironic-gateway',
  'service/webui',
  'user/admin',
] as const;

/** Issues certificates from the authority of a folder. Checks everything before it writes the first. */
export async function issueCertificates(
  context: Context,
  options: IssueOptions,
  folder: string,
  named: string[],
): Promise<void> {
  const identities = [...new Set([...(options.all ? usualIdentities : []), ...named])];
  if (identities.length === 0)
    throw new UsageError('name an identity such as service/conductor, or say --all');
  for (const identity of identities) {
    if (!identity.includes('/') || parseIdentity(identity) === undefined) {
      throw new UsageError(`${identity} is no identity; expected service/NAME or user/NAME`);
    }
  }
  const ip = ['127.0.0.1', '::1', ...(options.ip ?? [])];
  const dns = ['localhost', ...(options.dns ?? [])];
  const wrong =
    ip.find((address) => !isAddress(address)) ??
    dns.find((name) => !/^(\*\.)?[A-Za-z0-9.-]{1,253}$/.test(name));
  if (wrong !== undefined) throw new UsageError(`${wrong} can not stand in a certificate`);

  const authority = await readAuthority(folder);
  if (!options.replace) {
    await refuseExisting(folder, identities, 'Replace what is there with --replace, or name another folder.');
  }
  for (const identity of identities) {
    const issued = await issueCertificate(authority, { identity, dns, ip, days: options.days });
    await writeIssued(folder, identity, issued);
  }
  const rows = identities.map((identity) => ({ identity, ...certificateFiles(folder, identity) }));
  context.list(rows, [
    ['identity', (row) => row.identity],
    ['certificate', (row) => row.certificate],
    ['key', (row) => row.key],
  ]);
  const { certificate: ca } = certificateFiles(folder, 'ca');
  context.note(
    `A service takes them from CONSOLEMESH_TLS_CA_FILE=${ca}, CONSOLEMESH_TLS_CERTIFICATE_FILE, CONSOLEMESH_TLS_KEY_FILE and ` +
      `CONSOLEMESH_TRUST_DOMAIN=${trustDomainOf(authority.certificate)}; so does this program.`,
  );
}
