import { timingSafeEqual } from 'node:crypto';
import { padded, u16 } from '../codec/fields.ts';
import { COMPLETION } from '../codec/status.ts';
import { PRIVILEGE, type PrivilegeName } from '../commands/set-privilege.ts';
import { getSolConfig, SOL_PARAMETER, setSolConfig } from '../commands/sol-config.ts';
import { getUserPayloadAccess, setUserPayloadAccess } from '../commands/user-payload-access.ts';
import {
  getUserAccess,
  getUserName,
  setUserAccess,
  setUserName,
  setUserPassword,
} from '../commands/users.ts';
import { Completion, type Handler, handler } from './handlers.ts';
import type { BmcUser } from './user.ts';

/** What these commands read and change. */
export interface Accounts {
  users: BmcUser[];
  /** SOL parameters by number. */
  sol: Map<number, Buffer>;
}

const MOST_USERS = 15;
/** SOL in the set of standard payloads: bit 1. */
const SOL_BIT = 0x0002;
const NO_ACCESS = 0x0f;
const { operator, administrator } = PRIVILEGE;

export function createAccounts(users: readonly BmcUser[], port: number): Accounts {
  const { enable, authentication, accumulate, retry, nonVolatileBitRate, volatileBitRate } = SOL_PARAMETER;
  return {
    users: users.map((user) => ({ ...user })),
    sol: new Map([
      [SOL_PARAMETER.setInProgress, Buffer.from([0])],
      [enable, Buffer.from([1])],
      [authentication, Buffer.from([PRIVILEGE.user])],
      [accumulate, Buffer.from([12, 96])],
      [retry, Buffer.from([7, 50])],
      [nonVolatileBitRate, Buffer.from([10])],
      [volatileBitRate, Buffer.from([10])],
      [SOL_PARAMETER.channel, Buffer.from([1])],
      [SOL_PARAMETER.port, u16(port)],
    ]),
  };
}

/** Users, what they may use, and the parameters of SOL. */
export function accountHandlers(accounts: Accounts): Handler[] {
  return [...solHandlers(accounts), ...userHandlers(accounts), ...accessHandlers(accounts)];
}

function solHandlers({ sol }: Accounts): Handler[] {
  return [
    handler(getSolConfig, operator, ({ parameter, revisionOnly }) => {
      if (revisionOnly) return { revision: 0x11, data: Buffer.alloc(0) };
      const data = sol.get(parameter);
      if (data === undefined) throw new Completion(0x80);
      return { revision: 0x11, data };
    }),
    handler(setSolConfig, administrator, ({ parameter, data }) => {
      const before = sol.get(parameter);
      if (before === undefined) throw new Completion(0x80);
      if (parameter === SOL_PARAMETER.channel || parameter === SOL_PARAMETER.port) throw new Completion(0x82);
      if (data.length !== before.length) throw new Completion(COMPLETION.lengthInvalid);
      sol.set(parameter, Buffer.from(data));
      return {};
    }),
  ];
}

function userHandlers(accounts: Accounts): Handler[] {
  const find = (id: number) => accounts.users.find((user) => user.id === id);
  return [
    handler(getUserName, operator, ({ user }) => {
      if (user < 1 || user > MOST_USERS) throw new Completion(COMPLETION.outOfRange);
      // Those that nobody made have empty names: tools read the whole list.
      return { name: find(user)?.name ?? '' };
    }),
    handler(setUserName, administrator, ({ user, name }) => {
      ensure(accounts, user).name = name;
      return {};
    }),
    handler(setUserPassword, administrator, ({ user, operation, password }) => {
      const found = ensure(accounts, user);
      if (operation === 'enable' || operation === 'disable') found.enabled = operation === 'enable';
      else if (operation === 'set') found.password = trimmed(password ?? Buffer.alloc(0));
      else if (!same(found.password, password ?? Buffer.alloc(0))) throw new Completion(0x80);
      return {};
    }),
  ];
}

function accessHandlers(accounts: Accounts): Handler[] {
  const { users } = accounts;
  return [
    handler(getUserAccess, operator, ({ user }) => {
      const found = users.find(({ id }) => id === user);
      return {
        maxUsers: MOST_USERS,
        enabledUsers: users.filter(({ enabled }) => enabled ?? true).length,
        fixedNames: 0,
        callbackOnly: false,
        linkAuthentication: false,
        messaging: found?.enabled ?? found !== undefined,
        privilege: found === undefined ? NO_ACCESS : PRIVILEGE[found.privilege],
      };
    }),
    handler(setUserAccess, administrator, ({ user, privilege, access }) => {
      const found = ensure(accounts, user);
      const name = (Object.keys(PRIVILEGE) as PrivilegeName[]).find((n) => PRIVILEGE[n] === privilege);
      if (name !== undefined) found.privilege = name;
      if (access !== undefined) found.enabled = access.messaging;
      return {};
    }),
    handler(getUserPayloadAccess, operator, ({ user }) => {
      const found = users.find(({ id }) => id === user);
      return { standard: 0x0001 | (found && (found.sol ?? true) ? SOL_BIT : 0), oem: 0 };
    }),
    handler(setUserPayloadAccess, administrator, ({ user, enable, standard }) => {
      if (standard & SOL_BIT) ensure(accounts, user).sol = enable;
      return {};
    }),
  ];
}

/** The user of this number, made where there is none yet: without a name nobody can log in as it. */
function ensure({ users }: Accounts, id: number): BmcUser {
  if (id < 1 || id > MOST_USERS) throw new Completion(COMPLETION.outOfRange);
  let found = users.find((user) => user.id === id);
  if (found === undefined) {
    found = { id, name: '', password: '', privilege: 'user', enabled: false };
    users.push(found);
  }
  return found;
}

function trimmed(password: Buffer): Buffer {
  let end = password.length;
  while (end > 0 && password[end - 1] === 0) end -= 1;
  return Buffer.from(password.subarray(0, end));
}

function same(stored: string | Uint8Array, given: Buffer): boolean {
  const one = padded(Buffer.from(stored as Uint8Array), 20);
  return timingSafeEqual(one, padded(given, 20));
}
