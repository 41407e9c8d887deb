import { experimental } from '@grpc/grpc-js';
import { WatchedSubchannel } from './balance-subchannel.ts';
import type { HealthTimes } from './health-watch.ts';
import { unprocessedKey } from './retry-unprocessed.ts';

/** How calls are spread over the instances of a target. */
export interface Balancing extends HealthTimes {
  /** How often the name is asked for its addresses again, ms; 0: never by itself. grpc-js alone asks only when a connection breaks. */
  readonly resolveMs: number;
}

/** What every channel has unless it is told otherwise. */
export const usualBalancing: Balancing = { resolveMs: 5_000, answerMs: 5_000, pauseMs: [200, 10_000] };

const policyName = 'consolemesh_round_robin';

/** The service config of a channel, which grpc-js takes as text. */
export function balancingConfig(balancing: Balancing): string {
  register();
  return JSON.stringify({ loadBalancingConfig: [{ [policyName]: balancing }] });
}

interface PolicyConfig extends experimental.TypedLoadBalancingConfig {
  readonly balancing: Balancing;
}

/** Makes the policy known to grpc-js: round robin over the instances that say that they serve. */
function register(): void {
  if (experimental.isLoadBalancerNameRegistered(policyName)) return;
  const config = {
    createFromJson: (balancing: Balancing): PolicyConfig => ({
      balancing,
      getLoadBalancerName: () => policyName,
      toJsonObject: () => ({ [policyName]: balancing }),
    }),
  };
  // grpc-js calls it with `new`; what it returns is what counts.
  function Balancer(helper: experimental.ChannelControlHelper) {
    return createBalancer(helper);
  }
  experimental.registerLoadBalancerType(policyName, Balancer as never, config as never);
}

function createBalancer(helper: experimental.ChannelControlHelper): experimental.LoadBalancer {
  const roundRobin = experimental.parseLoadBalancingConfig({ round_robin: {} });
  let times: HealthTimes = usualBalancing;
  let several = false;
  let known: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  const child = new experimental.ChildLoadBalancerHandler(
    experimental.createChildChannelControlHelper(helper, {
      createSubchannel(address, args) {
        const inner = helper.createSubchannel(address, args);
        // With one instance there is no choice: what it answers itself says more than that it does not serve.
        return several ? new WatchedSubchannel(inner, times) : inner;
      },
      updateState: (state, picker, message) => helper.updateState(state, outward(picker), message),
    }),
  );

  return {
    updateAddressList(list, config, options, note) {
      const { balancing } = config as PolicyConfig;
      times = balancing;
      if (balancing.resolveMs > 0) {
        timer ??= setInterval(() => helper.requestReresolution(), balancing.resolveMs).unref();
      }
      if (list.ok) {
        // Round robin begins anew with each list, so it is told only what is new.
        const addresses = list.value.map(experimental.endpointToString).sort().join();
        if (addresses === known) return true;
        known = addresses;
        several = list.value.length > 1;
      }
      return child.updateAddressList(list, roundRobin, options, note);
    },
    exitIdle: () => child.exitIdle(),
    resetBackoff: () => child.resetBackoff(),
    destroy() {
      clearInterval(timer);
      child.destroy();
    },
    getTypeName: () => policyName,
  };
}

/** A picker for those who do not know our subchannels, which says of a call without an instance that nobody has seen it. */
function outward(picker: experimental.Picker): experimental.Picker {
  return {
    pick(args) {
      const picked = picker.pick(args);
      if (picked.pickResultType === experimental.PickResultType.TRANSIENT_FAILURE) {
        const status = picked.status!;
        const metadata = status.metadata.clone();
        metadata.set(unprocessedKey, '1');
        return { ...picked, status: { ...status, metadata } } as experimental.PickResult;
      }
      const { subchannel } = picked;
      if (!(subchannel instanceof WatchedSubchannel)) return picked;
      return { ...picked, subchannel: subchannel.inner } as experimental.PickResult;
    },
  };
}
