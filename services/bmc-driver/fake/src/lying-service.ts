import type { DriverServiceImplementation, StartConsoleResponse } from '@consolemesh/contracts/driver';
import { EndpointKind } from '@consolemesh/contracts/types';

/** Puts the lies that `fake_lie` asks for around a service that tells the truth: callers have to notice each of them. */
export function lyingService(honest: DriverServiceImplementation): DriverServiceImplementation {
  return {
    ...honest,
    async startConsole(request, context) {
      const truth = (await honest.startConsole(request, context)) as StartConsoleResponse;
      switch (request.context?.node?.driverInfo.fake_lie) {
        case 'no-endpoint':
          return { ...truth, endpoints: [], container: undefined };
        case 'wrong-kind': {
          const kinds = [EndpointKind.TCP, EndpointKind.RELAY, EndpointKind.CONTAINER];
          return { ...truth, chosen: kinds.find((kind) => !request.acceptable.includes(kind)) ?? 0 };
        }
        case 'huge-state':
          return { ...truth, driverState: Buffer.alloc(16 * 1024 + 1) };
        case 'no-app':
          return {
            ...truth,
            chosen: EndpointKind.CONTAINER,
            endpoints: [],
            container: { app: '', appInfo: '{}' },
          };
        default:
          return truth;
      }
    },
    async getConsole(request, context) {
      const { console } = await honest.getConsole(request, context);
      if (request.context?.node?.driverInfo.fake_lie !== 'other-console') return { console };
      return { console: { ...console, key: { consoleId: 'another', generation: 1n } } };
    },
  };
}
