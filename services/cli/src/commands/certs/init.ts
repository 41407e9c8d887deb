import { createAuthority, isTrustDomain } from '../../certs/authority.ts';
import { certificateFiles, refuseExisting, writeIssued } from '../../certs/files.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../exit-codes.ts';

/** Options of `certs init`. */
export interface InitOptions {
  readonly days: number;
}

/** Makes an authority in a folder. Throws when there is one. */
export async function initAuthority(context: Context, options: InitOptions, folder: string): Promise<void> {
  const { trustDomain } = context.options;
  if (!isTrustDomain(trustDomain)) {
    throw new UsageError(
      `--trust-domain ${trustDomain}: expected lower-case letters, digits, '.', '-' and '_'`,
    );
  }
  await refuseExisting(folder, ['ca'], `Issue from it with: consolemesh certs issue ${folder} --all`);
  await writeIssued(folder, 'ca', await createAuthority(trustDomain, options.days));
  const files = certificateFiles(folder, 'ca');
  context.show({ trustDomain, ...files });
  context.note(`Issue certificates with: consolemesh certs issue ${folder} --all`);
}
