/** The dependency rule: proto → contracts → {mesh, sdk, conformance} → services → test; each imports only what stands to its left. */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: { pathNot: '/gen/' },
      to: { circular: true },
    },
    {
      name: 'libs-never-import-services-or-tests',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(services|test)/' },
    },
    {
      name: 'services-never-import-services',
      comment:
        'Services talk over gRPC. Only `consolemesh up` composes them, by their public start functions.',
      severity: 'error',
      from: {
        path: '^services/((?:bmc-driver|container-provider)/[^/]+|[^/]+)/',
        pathNot: '^services/cli/src/up/',
      },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'up-imports-start-functions-only',
      severity: 'error',
      from: { path: '^services/cli/src/up/' },
      to: { path: '^services/', pathNot: '(^services/cli/|/src/index\\.ts$)' },
    },
    {
      name: 'services-never-import-tests',
      severity: 'error',
      from: { path: '^services/' },
      to: { path: '^test/' },
    },
    {
      name: 'codecs-know-no-grpc-and-no-telemetry',
      severity: 'error',
      from: { path: '^libs/(bytes|tls|http|rfb|ipmi|redfish|wsman)/', pathNot: '\\.test\\.ts$' },
      to: {
        path: '(^libs/(contracts|mesh|errors|proxy|.*-sdk)/|node_modules/(@grpc|nice-grpc|@opentelemetry|prom-client|pino))',
      },
    },
    {
      name: 'errors-stand-alone',
      severity: 'error',
      from: { path: '^libs/errors/', pathNot: '\\.test\\.ts$' },
      to: { path: '(^libs/(?!errors/)|node_modules)' },
    },
    {
      name: 'declare-what-you-import',
      severity: 'error',
      from: {
        path: '^(libs|services)/',
        pathNot: '(\\.test\\.ts$|/testing(\\.ts|/)|/describe-[a-z-]+\\.ts$|build-page\\.mjs$|/page/)',
      },
      // Packages of this repository come as `undetermined`; test/workspaces.mjs checks those.
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown'] },
    },
    {
      name: 'no-dev-dependencies-at-run-time',
      severity: 'error',
      from: {
        path: '^(libs|services)/',
        pathNot:
          '(\\.test\\.ts$|/testing(\\.ts|/)|/describe-[a-z-]+\\.ts$|build-page\\.mjs$|/page/|^services/deploy/|^services/cli/bin/|^libs/conformance/)',
      },
      to: { dependencyTypes: ['npm-dev'], pathNot: '@types/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(/dist/|/gen/)' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.cjs', '.js', '.json'],
    },
  },
};
