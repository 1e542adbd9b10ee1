import { ApiError } from '../api/client';
import { ground as ask, type Fragile, type Gain, type Plan, type Reach } from '../api/ground';
import type { Grade, LngLat } from '../api/types';
import { ground } from './ground.svelte';

const PICKS = 10;

/** How far a station or hydrant reaches; asked for by a button, gone with the selection. */
class ReachStore {
  of = $state<string | null>(null);
  reach = $state.raw<Reach | null>(null);
  waiting = $state(false);
  /** The server does not tell reaches: nothing offers them. */
  absent = $state(false);
  #abort = new AbortController();

  async ask(layer: string, id: number): Promise<void> {
    this.clear();
    const abort = this.#abort;
    this.of = `${layer}/${id}`;
    this.waiting = true;
    // Of a hydrant the server knows the metres that matter, the limit among them.
    const breaks = layer === 'station' ? ground.told?.shown_at_s : undefined;
    try {
      this.reach = await ask.reach(layer, id, breaks, abort.signal);
    } catch (error) {
      if (abort.signal.aborted) return;
      if (error instanceof ApiError && error.status === 404) this.absent = true;
      this.of = null;
    }
    this.waiting = false;
  }

  clear(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.of = this.reach = null;
    this.waiting = false;
  }
}

/** What fails first, what a hydrant would add and where the next would add most. Each hides where the server lacks it. */
class Siting {
  hydrants = $state.raw<Fragile[] | null>(null);
  roads = $state.raw<Fragile[] | null>(null);
  gain = $state.raw<Gain | null>(null);
  plan = $state.raw<Plan | null>(null);
  waiting = $state<'gain' | 'plan' | null>(null);
  error = $state.raw<ApiError | null>(null);
  absent = $state(false);
  #asked = 0;

  /** Reads the lists, and forgets what was tried under another revision or grade. */
  async load(grade: Grade): Promise<void> {
    const asked = ++this.#asked;
    this.gain = this.plan = null;
    const rows = (what: 'hydrant' | 'road') => ask.fragile(what, grade).then((answer) => answer.rows, () => null);
    const [hydrants, roads] = await Promise.all([rows('hydrant'), rows('road')]);
    if (asked === this.#asked) [this.hydrants, this.roads] = [hydrants, roads];
  }

  async try(at: LngLat, grade: Grade): Promise<void> {
    this.gain = (await this.#one('gain', () => ask.gain(at, grade))) ?? null;
  }

  async best(grade: Grade): Promise<void> {
    this.plan = (await this.#one('plan', () => ask.plan(PICKS, grade))) ?? null;
  }

  clear(): void {
    this.gain = this.plan = this.error = null;
  }

  async #one<T>(what: 'gain' | 'plan', run: () => Promise<T>): Promise<T | undefined> {
    this.waiting = what;
    this.error = null;
    try {
      return await run();
    } catch (error) {
      this.error = error instanceof ApiError ? error : new ApiError(0, 'viewer', String(error));
      if (this.error.status === 404) this.absent = true;
      return undefined;
    } finally {
      this.waiting = null;
    }
  }
}

export const reach = new ReachStore();
export const siting = new Siting();
