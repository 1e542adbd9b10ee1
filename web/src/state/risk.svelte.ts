import { ApiError } from '../api/client';
import { risk as ask, type RankBy, type Ranking, type RiskAreas, type RiskCard, type RiskTold } from '../api/risk';

/** How many buildings the ranking shows. */
const MOST = 300;

const fault = (error: unknown): ApiError => (error instanceof ApiError ? error : new ApiError(0, 'viewer', String(error)));

/** The risk model, the ranking, areas by band and the score of what is selected. What is shown stays until the newer answer is there. */
class RiskStore {
  told = $state.raw<RiskTold | null>(null);
  ranking = $state.raw<Ranking | null>(null);
  /** Level → its areas. */
  areas = $state.raw<Record<string, RiskAreas>>({});
  error = $state.raw<ApiError | null>(null);
  of = $state.raw<RiskCard | null>(null);
  ofError = $state.raw<ApiError | null>(null);
  #model = 0;
  #ranked = 0;
  #ranking = '';
  #abort = new AbortController();

  async loadModel(): Promise<void> {
    const asked = ++this.#model;
    const told = await ask.model().catch(() => null);
    if (asked === this.#model && told) this.told = told;
  }

  /** Ranks the buildings of the city, or of an area. */
  async loadRanking(by: RankBy, area?: number): Promise<void> {
    const asked = ++this.#ranked;
    if (this.#ranking !== `${by}/${area}`) this.ranking = null;
    this.#ranking = `${by}/${area}`;
    try {
      const ranking = await ask.ranking(by, area, MOST);
      if (asked === this.#ranked) [this.ranking, this.error] = [ranking, null];
    } catch (error) {
      if (asked === this.#ranked) this.error = fault(error);
    }
  }

  async loadAreas(level: string): Promise<void> {
    const areas = await ask.areas(level).catch(() => null);
    const shown = this.areas[level];
    if (areas && (!shown || shown.revision <= areas.revision)) this.areas = { ...this.areas, [level]: areas };
  }

  async loadOf(id: number): Promise<void> {
    this.#abort.abort();
    const abort = (this.#abort = new AbortController());
    if (this.of?.id !== id) this.of = null;
    this.ofError = null;
    try {
      const of = await ask.building(id, abort.signal);
      if (!abort.signal.aborted) this.of = of;
    } catch (error) {
      if (!abort.signal.aborted) this.ofError = fault(error);
    }
  }
}

export const risk = new RiskStore();
