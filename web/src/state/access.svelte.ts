import { ApiError } from '../api/client';
import { ground as ask, type AccessCard, type AccessFinding, type AccessTold } from '../api/ground';

/** How many findings a list shows. */
const MOST = 300;

/** What access of one feature is told: of a building also who gets there. */
export interface AccessOf { gets: AccessCard | null; findings: AccessFinding[] }

const fault = (error: unknown): ApiError => (error instanceof ApiError ? error : new ApiError(0, 'viewer', String(error)));

/** Findings of access of the city, worst first, and those of what is selected. */
class AccessStore {
  told = $state.raw<AccessTold | null>(null);
  error = $state.raw<ApiError | null>(null);
  of = $state.raw<AccessOf | null>(null);
  ofError = $state.raw<ApiError | null>(null);
  #asked = 0;
  #feature = '';
  #abort = new AbortController();

  async load(): Promise<void> {
    const asked = ++this.#asked;
    try {
      const told = await ask.access(MOST);
      if (asked === this.#asked) [this.told, this.error] = [told, null];
    } catch (error) {
      if (asked === this.#asked) this.error = fault(error);
    }
  }

  /** Loads what is found about a feature. What was shown of the same one stays until the newer answer is there. */
  async loadOf(layer: string, id: number): Promise<void> {
    this.#abort.abort();
    const abort = (this.#abort = new AbortController());
    if (this.#feature !== `${layer}/${id}`) this.of = null;
    this.#feature = `${layer}/${id}`;
    this.ofError = null;
    try {
      const gets = layer === 'building' ? await ask.accessTo(id, abort.signal) : null;
      const findings = gets?.findings ?? (await ask.accessOf(layer, id, abort.signal)).rows;
      if (!abort.signal.aborted) this.of = { gets, findings };
    } catch (error) {
      if (!abort.signal.aborted) this.ofError = fault(error);
    }
  }
}

export const access = new AccessStore();
