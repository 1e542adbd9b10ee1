import { api, ApiError } from '../api/client';
import type { City, Model, ModelField, RulePack } from '../api/types';
import { lineOf, type Answered, type Line } from './line';
import type { StreamState } from './stream';

/** How often the server is asked while it does not tell changes by itself, and while it does. */
const POLL_MS = 5_000;
const STREAMED_MS = 20_000;
const LONGEST_WAIT_MS = 30_000;

/** The city as last read, and what counts how often something of it became different. */
class CityStore {
  city = $state.raw<City | null>(null);
  model = $state.raw<Model | null>(null);
  rules = $state.raw<RulePack | null>(null);
  /** Grows with all that became different: what is on the screen is asked for again. 0 before there is a city. */
  turn = $state(0);
  /** Grows where figures of areas became different. */
  areasTurn = $state(0);
  /** Grows where nobody knows what became different. */
  whole = $state(0);
  answered = $state<Answered>('not_yet');
  stream = $state<StreamState>('opening');
  /** When the server last said something, in milliseconds of the page's clock. */
  heard = $state(performance.now());
  /** When the next try is made after a failure, likewise. */
  nextTry = $state(0);
  line = $derived<Line>(lineOf(this.answered, this.stream, this.city !== null));
  /** Told of each city that is read, and whether the server had not answered before. */
  onread: (city: City, wasLost: boolean) => void = () => {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #asked = 0;
  #taken = 0;

  start(): () => void {
    void this.refresh();
    return () => clearTimeout(this.#timer);
  }

  /** Reads the city now, and again after a while. */
  async refresh(): Promise<void> {
    clearTimeout(this.#timer);
    const asked = ++this.#asked;
    let wait = POLL_MS;
    try {
      const city = await api.city();
      if (!this.model) [this.model, this.rules] = await Promise.all([api.model(), api.rules()]);
      else if (city.rules.id !== this.city?.rules.id) this.rules = await api.rules();
      const wasLost = this.answered === 'no';
      this.answered = 'yes';
      this.heard = performance.now();
      this.#failures = 0;
      // Of two answers the one that was asked for later.
      if (asked > this.#taken) this.#take(city, asked, wasLost);
      if (this.stream === 'open') wait = STREAMED_MS;
    } catch (error) {
      this.#failures += 1;
      const preparing = error instanceof ApiError && error.status === 503;
      this.answered = preparing ? 'preparing' : 'no';
      wait = preparing ? 1_500 : Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** (this.#failures - 1));
      this.nextTry = performance.now() + wait;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), document.hidden ? LONGEST_WAIT_MS : wait);
  }

  #take(city: City, asked: number, wasLost: boolean): void {
    this.#taken = asked;
    // The time of what is told moves on with each look; it says something only where the look failed.
    const told = ['revision', 'told', 'day', 'stale', ...(city.stale ? (['as_of'] as const) : [])] as const;
    const same = this.city && told.every((name) => city[name] === this.city?.[name]);
    if (!same) this.city = city;
    if (!this.turn) this.everything();
    this.onread(city, wasLost);
  }

  /** All that is on the screen is asked for again. */
  everything(): void {
    this.turn += 1;
    this.areasTurn += 1;
    this.whole += 1;
  }

  /** What is on the screen is asked for again, areas where they became different. */
  something(areas: boolean): void {
    this.turn += 1;
    if (areas) this.areasTurn += 1;
  }

  count(layer: string): number {
    return this.city?.layers.find((entry) => entry.layer === layer)?.count ?? 0;
  }

  field(layer: string, name: string): ModelField | undefined {
    return this.model?.layers.find((entry) => entry.name === layer)?.fields.find((field) => field.name === name);
  }
}

export const store = new CityStore();
