import { api, ApiError } from '../api/client';
import type { City, Model, ModelField, RulePack } from '../api/types';

const PERIOD_MS = 5_000;
const LONGEST_WAIT_MS = 30_000;

/** Whether figures come in: `preparing` until the server has loaded its city, `lost` while it does not answer. */
export type Line = 'waiting' | 'preparing' | 'live' | 'lost';

/** The city as last read: asked for every few seconds, slower and slower while no answer comes. */
class CityStore {
  city = $state.raw<City | null>(null);
  model = $state.raw<Model | null>(null);
  rules = $state.raw<RulePack | null>(null);
  line = $state<Line>('waiting');
  /** When the next try is made after a failure, in milliseconds of the page's clock. */
  nextTry = $state(0);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  start(): () => void {
    void this.refresh();
    const wake = () => {
      if (!document.hidden) void this.refresh();
    };
    document.addEventListener('visibilitychange', wake);
    return () => {
      clearTimeout(this.#timer);
      document.removeEventListener('visibilitychange', wake);
    };
  }

  async refresh(): Promise<void> {
    clearTimeout(this.#timer);
    let wait = PERIOD_MS;
    try {
      const city = await api.city();
      if (!this.model) [this.model, this.rules] = await Promise.all([api.model(), api.rules()]);
      else if (city.rules.id !== this.city?.rules.id) this.rules = await api.rules();
      // The time of what is told moves on with each look; it says something only where the look failed.
      const told = ['revision', 'day', 'stale', ...(city.stale ? (['as_of'] as const) : [])] as const;
      const same = this.city && told.every((name) => city[name] === this.city?.[name]);
      if (!same) this.city = city;
      this.line = 'live';
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      const preparing = error instanceof ApiError && error.status === 503;
      this.line = preparing && !this.city ? 'preparing' : 'lost';
      wait = preparing ? 1_500 : Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** (this.#failures - 1));
      this.nextTry = performance.now() + wait;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), document.hidden ? LONGEST_WAIT_MS : wait);
  }

  count(layer: string): number {
    return this.city?.layers.find((entry) => entry.layer === layer)?.count ?? 0;
  }

  field(layer: string, name: string): ModelField | undefined {
    return this.model?.layers.find((entry) => entry.name === layer)?.fields.find((field) => field.name === name);
  }
}

export const store = new CityStore();
