import assert from 'node:assert/strict';
import { ConsolePhase } from '@consolemesh/contracts/driver';
import { ConsoleKind, EndpointKind } from '@consolemesh/contracts/types';
import { attachClient } from '../attach-client.ts';
import { applies, type Case, repetitions } from '../case.ts';
import { expectFailure } from '../expect-failure.ts';
import type { DriverEnv } from './environment.ts';
import { look } from './key-cases.ts';
import { nodeOf } from './option-cases.ts';

const credentialReasons = ['BMC_AUTHENTICATION_FAILED', 'BMC_PASSWORD_REQUIRED', 'BMC_LOCKED_OUT'] as const;

/** What keeps BMCs from being harmed. */
export const kindnessCases: Case<DriverEnv>[] = [
  {
    title: 'DRV-KIND-1 refused credentials are not tried again, by no call',
    async run(env) {
      const { refused, attempts } = env.subject;
      applies(refused && attempts, 'the subject cannot count attempts with wrong credentials');
      const request = env.request({ node: refused });
      const { nodeId } = request.context!.node!;
      await expectFailure(env.driver.startConsole(request), ...credentialReasons);
      const after = attempts();
      for (let i = 0; i < repetitions; i += 1) {
        await expectFailure(env.driver.startConsole(request), ...credentialReasons);
        const { violations } = await env.driver.validateNode({
          node: nodeOf(refused, nodeId),
          checkReachability: true,
        });
        assert(credentialReasons.includes(violations[0]?.reason as never));
      }
      assert.equal(attempts(), after, 'the machine was tried again with credentials that it had refused');
    },
  },
  {
    title: 'DRV-KIND-2 changed credentials are tried at once',
    async run(env) {
      const { refused, node } = env.subject;
      applies(refused, 'the subject names no credentials that are refused');
      const request = env.request({ node: refused });
      await expectFailure(env.driver.startConsole(request), ...credentialReasons);
      const context = { ...request.context!, node: nodeOf(node, request.context!.node!.nodeId) };
      const { restoreState } = await env.driver.prepareConsole({ context });
      await env.driver.startConsole({ ...request, context: { ...context, restoreState } });
    },
  },
  {
    title: 'DRV-KIND-3 a console that somebody looks at is not probed',
    async run(env) {
      const { attempts } = env.subject;
      applies(attempts, 'the subject cannot count attempts');
      env.needs(ConsoleKind.GRAPHICAL, EndpointKind.RELAY);
      const started = await env.start({ kind: ConsoleKind.GRAPHICAL, acceptable: [EndpointKind.RELAY] });
      await using client = attachClient(env.stream(env.target), { ticket: env.ticket(started.request) });
      await client.event('opened');
      const before = attempts();
      for (let i = 0; i < repetitions; i += 1)
        assert.equal((await look(env, started)).phase, ConsolePhase.READY);
      assert.equal(attempts(), before);
      assert.equal((await look(env, started)).sessions, 1);
    },
  },
];
