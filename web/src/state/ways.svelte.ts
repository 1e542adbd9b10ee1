import { ApiError } from '../api/client';
import { ground as ask, type GroundCard } from '../api/ground';
import type { Grade, LngLat } from '../api/types';
import type { Selection } from './link';

/** The ways of the selected building, or of the place an alarm comes from: hoses to hydrants, crews on their way. */
class Ways {
  card = $state.raw<GroundCard | null>(null);
  /** Whether an answer is awaited; what was shown before stays meanwhile where it is of the same asker. */
  waiting = $state(false);
  error = $state.raw<ApiError | null>(null);
  #of = '';
  #abort = new AbortController();

  async load(selected: Selection | null, alarm: LngLat | null, grade: Grade): Promise<void> {
    this.#abort.abort();
    const abort = (this.#abort = new AbortController());
    const building = selected?.layer === 'building' ? selected.id : null;
    const of = alarm ? alarm.join() : building !== null ? `building/${building}` : '';
    if (of !== this.#of) this.card = null;
    this.#of = of;
    this.error = null;
    this.waiting = of !== '';
    if (!of) return;
    try {
      const card = await (alarm ? ask.place(alarm, grade, abort.signal) : ask.building(building!, grade, abort.signal));
      if (abort.signal.aborted) return;
      this.card = card;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.card = null;
      this.error = error instanceof ApiError ? error : new ApiError(0, 'viewer', String(error));
    }
    this.waiting = false;
  }
}

export const ways = new Ways();
