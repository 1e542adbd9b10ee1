import { edits, type Entry } from '../api/edits';

/** What became of the feature on the card; empty where the server does not tell. */
class Past {
  entries = $state.raw<Entry[]>([]);
  #of = '';
  #abort = new AbortController();

  /** Reads the entries of a feature, newest first. Those of the same one stay until the newer are there. */
  async load(layer: string, id: number): Promise<void> {
    this.#abort.abort();
    const abort = (this.#abort = new AbortController());
    const of = `${layer}/${id}`;
    if (of !== this.#of) this.entries = [];
    this.#of = of;
    const told = await edits.history(layer, id, abort.signal).catch(() => null);
    if (told && !abort.signal.aborted) this.entries = told.entries;
  }
}

export const past = new Past();
