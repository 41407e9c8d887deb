import { connectivityState, experimental } from '@grpc/grpc-js';
import { type HealthTimes, type HealthWatch, watchHealth } from './health-watch.ts';

type Listener = experimental.ConnectivityStateListener;

/**
 * A connection to one of several instances, as a policy sees it: still connecting until the instance has said how it is, then as healthy
 * as it says. A class because grpc-js hands health on by inheritance only.
 */
export class WatchedSubchannel extends experimental.BaseSubchannelWrapper {
  readonly inner: experimental.SubchannelInterface;
  readonly #watch: HealthWatch;
  readonly #subscription: Disposable;
  readonly #listeners = new Set<Listener>();
  readonly #onInner: Listener = (_, __, ___, keepaliveTime, message) => this.#update(keepaliveTime, message);
  #shown: connectivityState;
  #keepaliveTime = -1;

  constructor(inner: experimental.SubchannelInterface, times: HealthTimes) {
    super(inner);
    this.inner = inner;
    this.#watch = watchHealth(inner.getRealSubchannel(), times);
    this.#subscription = this.#watch.subscribe(() => this.#update(this.#keepaliveTime));
    this.#shown = this.getConnectivityState();
    this.setHealthy(this.#watch.health !== 'not-serving');
    inner.addConnectivityStateListener(this.#onInner);
  }

  override getConnectivityState(): connectivityState {
    const state = this.inner.getConnectivityState();
    const waiting = state === connectivityState.READY && this.#watch.health === 'unknown';
    return waiting ? connectivityState.CONNECTING : state;
  }

  override addConnectivityStateListener(listener: Listener): void {
    this.#listeners.add(listener);
  }

  override removeConnectivityStateListener(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  protected override destroy(): void {
    super.destroy();
    this.#subscription[Symbol.dispose]();
    this.inner.removeConnectivityStateListener(this.#onInner);
  }

  #update(keepaliveTime: number, message?: string): void {
    this.#keepaliveTime = keepaliveTime;
    const before = this.#shown;
    const state = this.getConnectivityState();
    this.#shown = state;
    // First the health: who hears that the connection is ready asks for it.
    this.setHealthy(this.#watch.health !== 'not-serving');
    if (state === before) return;
    for (const listener of [...this.#listeners]) listener(this, before, state, keepaliveTime, message);
  }
}
