import { BadValue, filePath, list, text, url } from '@consolemesh/config';
import type { Logger } from '../log/logger.ts';
import { readBasicUsers } from './basic-users.ts';
import { isSafe } from './issuer-keys.ts';
import { createOidcUsers } from './oidc-users.ts';
import { isAdministratorWord, standardAdministrators } from './principal.ts';
import { combineUsers, type Users } from './users.ts';

/** For services with RPCs that only administrators may call. */
export const administratorsSetting = list({
  env: 'CONSOLEMESH_ADMINISTRATORS',
  default: standardAdministrators,
  item: (word) => {
    if (!isAdministratorWord(word)) throw new BadValue();
    return word;
  },
  expects: 'user/NAME and group/NAME',
  doc: 'Users and groups who may act on everything. Others act on nodes that they own or have on loan.',
});

/** Settings of services that users call: who they are and who of them is an administrator. */
export const userSettings = {
  administrators: administratorsSetting,
  basicAuth: filePath({
    env: 'CONSOLEMESH_BASIC_AUTH_FILE',
    optional: true,
    doc: 'Users who may call with a password instead of a client certificate (`authorization: Basic …`, over TLS): a line of `consolemesh certs password NAME` for each. Read again for every call.',
  }),
  oidcIssuer: url({
    env: 'CONSOLEMESH_OIDC_ISSUER',
    optional: true,
    doc: 'OpenID provider whose tokens users may show instead of a client certificate (`authorization: Bearer …`, over TLS): its URL as it stands in the tokens, `https://…`; `http://…` on this machine only.',
  }),
  oidcAudience: text({
    env: 'CONSOLEMESH_OIDC_AUDIENCE',
    optional: true,
    doc: 'What has to stand in `aud` of these tokens. Needed with the issuer.',
  }),
  oidcUsernameClaim: text({
    env: 'CONSOLEMESH_OIDC_USERNAME_CLAIM',
    default: 'sub',
    doc: "Claim that holds the user's name. Choose one that users cannot change themselves.",
  }),
  oidcGroupsClaim: text({
    env: 'CONSOLEMESH_OIDC_GROUPS_CLAIM',
    default: 'groups',
    doc: "Claim that holds the names of the user's groups.",
  }),
  oidcCa: filePath({
    env: 'CONSOLEMESH_OIDC_CA_FILE',
    optional: true,
    doc: 'PEM of the authority of the OpenID provider; those of the system when unset.',
  }),
};

/** Those settings, as read. */
export interface UserSettings {
  readonly basicAuth: string | undefined;
  readonly oidcIssuer: string | undefined;
  readonly oidcAudience: string | undefined;
  readonly oidcUsernameClaim: string;
  readonly oidcGroupsClaim: string;
  readonly oidcCa: string | undefined;
}

/** Mistakes that several of these settings make together; `tlsCa` is the setting of that name. */
export function checkUserSettings(config: UserSettings & { readonly tlsCa: string | undefined }): string[] {
  const { basicAuth, oidcIssuer, oidcAudience, oidcCa, tlsCa } = config;
  const problems: string[] = [];
  const needsTls = (name: string) => `${name} needs TLS: set CONSOLEMESH_TLS_CA_FILE and its companions`;
  if (basicAuth !== undefined && tlsCa === undefined) problems.push(needsTls('CONSOLEMESH_BASIC_AUTH_FILE'));
  if (oidcIssuer === undefined) {
    if (oidcAudience !== undefined || oidcCa !== undefined) {
      problems.push('CONSOLEMESH_OIDC_AUDIENCE and CONSOLEMESH_OIDC_CA_FILE need CONSOLEMESH_OIDC_ISSUER');
    }
    return problems;
  }
  if (tlsCa === undefined) problems.push(needsTls('CONSOLEMESH_OIDC_ISSUER'));
  if (oidcAudience === undefined) {
    problems.push(
      'CONSOLEMESH_OIDC_ISSUER needs CONSOLEMESH_OIDC_AUDIENCE: tokens for others must not count',
    );
  }
  if (!isSafe(new URL(oidcIssuer))) {
    problems.push('CONSOLEMESH_OIDC_ISSUER: http is for this machine only; expected https://…');
  }
  return problems;
}

/** The users that these settings describe; undefined when a certificate is needed. Throws one clear line for a file that cannot be used. */
export function usersOf(config: UserSettings, logger: Logger): Users | undefined {
  const { basicAuth, oidcIssuer: issuer, oidcAudience: audience } = config;
  const { oidcUsernameClaim: usernameClaim, oidcGroupsClaim: groupsClaim, oidcCa: caFile } = config;
  return combineUsers(
    basicAuth === undefined ? undefined : readBasicUsers(basicAuth, logger),
    issuer === undefined || audience === undefined
      ? undefined
      : createOidcUsers({ issuer, audience, usernameClaim, groupsClaim, caFile, logger }),
  );
}
