export { createManualClock, type ManualClock } from './manual-clock.ts';
export { seededRandom } from './seeded-random.ts';
export {
  createSimulatedNetwork,
  FINE_WEATHER,
  type SimulatedHost,
  type SimulatedNetwork,
  type Weather,
} from './simulated-network.ts';
