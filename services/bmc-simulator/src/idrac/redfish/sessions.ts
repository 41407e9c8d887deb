import type { Bmc } from '../bmc/create-bmc.ts';
import { collection, type Handler, link, type Resource, root, sessionsPath } from './resource.ts';

const hasSessions = ({ misbehave }: Bmc) => !misbehave.noSessions;

const logIn: Handler = ({ bmc, answers, sessions, body }) => {
  const { UserName: name, Password: password } = body;
  if (typeof name !== 'string') return answers.error(400, ['Base.PropertyMissing', 'UserName']);
  if (typeof password !== 'string') return answers.error(400, ['Base.PropertyMissing', 'Password']);
  if (bmc.logins.blocked('redfish') && bmc.misbehave.blockDrops) return 'lost';
  const user = bmc.logins.check('redfish', name, password);
  if (!user) return answers.error(401, ['Base.AccessDenied']);
  const session = sessions.open(user);
  if (!session) return answers.error(503, ['Base.SessionLimitExceeded']);
  const location = `${sessionsPath(bmc)}/${session.id}`;
  const resource = describe(location, session.id, name);
  return answers.json(201, resource, { location, 'x-auth-token': session.token });
};

function describe(path: string, id: string, name: string): object {
  return {
    '@odata.id': path,
    '@odata.type': '#Session.v1_0_0.Session',
    Id: id,
    Name: 'User Session',
    UserName: name,
  };
}

/** The collection and its members at one place. */
function sessionsAt(path: string, exists: (bmc: Bmc) => boolean): readonly Resource[] {
  return [
    {
      path,
      exists,
      // Who logs in has no credentials yet but those in the body.
      public: true,
      methods: {
        GET: ({ answers, sessions, user }) =>
          user
            ? answers.json(
                200,
                collection(
                  path,
                  'Session',
                  sessions.all.map(({ id }) => `${path}/${id}`),
                ),
              )
            : answers.error(401, ['Base.AccessDenied']),
        POST: logIn,
      },
    },
    {
      path: `${path}/*`,
      exists,
      methods: {
        GET: ({ answers, sessions, open: [id = ''], path: own }) => {
          const session = sessions.find(id);
          if (!session) return answers.error(404, ['Base.ResourceMissingAtURI', own]);
          return answers.json(200, describe(own, id, session.user.name));
        },
        DELETE: ({ answers, sessions, user, open: [id = ''], path: own }) => {
          const session = sessions.find(id);
          if (!session) return answers.error(404, ['Base.ResourceMissingAtURI', own]);
          if (session.user !== user && user?.privilege !== 'administrator')
            return answers.error(403, ['Base.InsufficientPrivilege']);
          sessions.close(id);
          return answers.done(['Base.Success']);
        },
      },
    },
  ];
}

export const sessionResources: readonly Resource[] = [
  {
    path: `${root}/SessionService`,
    exists: hasSessions,
    methods: {
      GET: ({ bmc, answers, path }) =>
        answers.json(200, {
          '@odata.id': path,
          '@odata.type': '#SessionService.v1_0_0.SessionService',
          Id: 'SessionService',
          ServiceEnabled: true,
          SessionTimeout: Math.round((bmc.misbehave.sessionTimeoutMs ?? 1_800_000) / 1000),
          Sessions: link(sessionsPath(bmc)),
        }),
    },
  },
  ...sessionsAt(`${root}/Sessions`, hasSessions),
  ...sessionsAt(`${root}/SessionService/Sessions`, (bmc) => hasSessions(bmc) && bmc.generation !== '8'),
];
