import { ApiError } from '../api/client';
import { ground as ask, type GroundArea, type GroundTold } from '../api/ground';
import { store } from './city.svelte';

/** How often it is asked for while it is computed, and where the server tells by itself when it is found. */
const PERIOD_MS = 2_000;
const STREAMED_MS = 10_000;

/** What is found along the ground, of the city and of its areas: read anew with each revision, waited for while it is computed. */
class GroundStore {
  told = $state.raw<GroundTold | null>(null);
  /** `absent` where the server knows nothing of it. */
  state = $state<'waiting' | 'computing' | 'ready' | 'absent'>('waiting');
  error = $state.raw<ApiError | null>(null);
  /** Level → area → its rates; those of an earlier revision until the newer ones are there. */
  areas = $state.raw<Record<string, Map<number, GroundArea>>>({});
  /** Grows when areas may have become different. */
  turn = $state(0);
  #known = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  /** Reads the city's figures; while they are computed, those of the last revision stay. */
  async load(): Promise<void> {
    clearTimeout(this.#timer);
    const asked = ++this.#asked;
    this.#known.clear();
    this.turn += 1;
    await this.#look(asked, true);
  }

  async #look(asked: number, first: boolean): Promise<void> {
    try {
      const { state, found } = await ask.city();
      if (asked !== this.#asked) return;
      this.state = state;
      this.error = null;
      if (found) this.told = found;
      if (state === 'ready') return;
      // Areas are answered when all is found: who asks for them sets the work going.
      if (first) void this.#wake(asked);
    } catch (error) {
      if (asked !== this.#asked) return;
      this.error = error instanceof ApiError ? error : new ApiError(0, 'viewer', String(error));
      if (this.error.status === 404) {
        this.state = 'absent';
        this.told = null;
        return;
      }
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(asked, false), store.stream === 'open' ? STREAMED_MS : PERIOD_MS);
  }

  async #wake(asked: number): Promise<void> {
    await ask.areas('district').catch(() => null);
    if (asked === this.#asked && this.state !== 'ready') await this.#look(asked, false);
  }

  /** Reads the areas of a level where they are not known yet. */
  async loadAreas(level: string): Promise<void> {
    if (this.#known.has(level) || this.state === 'absent') return;
    const asked = this.#asked;
    this.#known.add(level);
    const answer = await ask.areas(level).catch(() => null);
    if (asked !== this.#asked) return;
    if (!answer) return void this.#known.delete(level);
    this.areas = { ...this.areas, [level]: new Map(answer.rows.map((row) => [row.id, row])) };
  }
}

export const ground = new GroundStore();
