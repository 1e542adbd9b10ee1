import { ApiError } from '../api/client';
import { importing, type About, type FileTold, type Look, type Progress, type Report, type Shapes, type System, type Trouble, type Wish } from '../api/intake';
import type { Box } from '../api/types';
import { beyond } from '../data/files';
import { store } from './city.svelte';
import { screen } from './screen.svelte';

/** What the screen is at: `away` until files are dropped, `looked` while they wait for a word, `done` after an import. */
export type Step = 'away' | 'sending' | 'looking' | 'looked' | 'importing' | 'done';

const NOTHING: Shapes = { type: 'FeatureCollection', features: [] };
const POLL_MS = 300;
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Files that were dropped, what the server finds in them, and what the person says about it. */
class Intake {
  about = $state.raw<About | null>(null);
  /** Why nothing can be imported here. */
  closed = $state.raw<ApiError | null>(null);
  step = $state<Step>('away');
  files = $state.raw<File[]>([]);
  /** How much of all bytes has been sent, 0 to 1. */
  sent = $state(0);
  look = $state.raw<Look | null>(null);
  progress = $state.raw<Progress | null>(null);
  /** A request that failed. */
  error = $state.raw<ApiError | null>(null);
  /** Files beyond the server's limits. */
  offered = $state.raw<File[] | null>(null);
  shapes = $state.raw<Shapes>(NOTHING);

  layer = $state('');
  crs = $state('');
  source = $state('');
  /** Features of the source that the files do not hold go off the map. */
  replace = $state(false);
  /** Column → field that a person chose; `none` leaves it aside. */
  map = $state.raw<Record<string, string>>({});

  id: string | null = null;
  #turn = 0;
  #stop = new AbortController();

  /** What the whole files hold where that is known, else what their beginning shows. */
  report = $derived<Report | null>(this.progress?.report ?? null);
  found = $derived<FileTold[]>(this.report?.files ?? this.look?.files ?? []);
  trouble = $derived<Trouble | null>(this.look?.trouble ?? this.progress?.trouble ?? null);
  counting = $derived(this.step === 'looked' && (this.progress?.state === 'rehearsing' || this.progress?.state === 'waiting'));

  /** What the map draws of it: shapes, or where each system of coordinates would put them. */
  drawn = $derived<GeoJSON.FeatureCollection>(
    this.trouble?.systems.length && !this.shapes.features.length ? places(this.trouble.systems) : this.shapes,
  );

  /** Asks whether files can be imported here. */
  async open(): Promise<void> {
    try {
      this.about = await importing.about();
      this.closed = null;
    } catch (error) {
      this.closed = error as ApiError;
    }
  }

  /** Takes files that the server can take; what is beyond its limits stays on offer, to be told. */
  async offer(files: File[]): Promise<void> {
    if (this.step === 'importing') return;
    if (!this.about) await this.open();
    this.offered = null;
    if (!this.about) return;
    if (!beyond(files, this.about)) return this.take(files);
    await this.leave();
    this.offered = files;
  }

  /** Takes files: sends them and looks at them. */
  async take(files: File[]): Promise<void> {
    if (!files.length || this.step === 'importing') return;
    await this.leave();
    const turn = this.#turn;
    this.files = files;
    this.step = 'sending';
    this.#stop = new AbortController();
    const stop = this.#stop.signal;
    try {
      this.id = (await importing.begin()).id;
      const all = Math.max(1, files.reduce((sum, file) => sum + file.size, 0));
      let before = 0;
      for (const file of files) {
        await importing.send(this.id, file, (bytes) => (this.sent = (before + bytes) / all), stop);
        before += file.size;
      }
    } catch (error) {
      if (turn === this.#turn) this.error = error as ApiError;
      return;
    }
    if (turn === this.#turn) await this.lookAgain();
  }

  /** Looks at the files as the person says. */
  async lookAgain(): Promise<void> {
    const id = this.id;
    if (!id) return;
    const turn = ++this.#turn;
    const first = this.step === 'sending';
    this.step = first ? 'looking' : this.step === 'done' ? 'looked' : this.step;
    this.error = null;
    try {
      const look = await importing.look(id, this.wish());
      if (turn !== this.#turn) return;
      this.look = look;
      this.progress = null;
      this.step = 'looked';
      this.shapes = look.shapes;
      this.show();
      if (look.trouble || look.waits) return;
      if ((await this.#follow(id, turn))?.state !== 'rehearsed') return;
      const shapes = await importing.shapes(id);
      if (turn === this.#turn) this.shapes = shapes;
    } catch (error) {
      if (turn === this.#turn) [this.error, this.step] = [error as ApiError, 'looked'];
    }
  }

  /** Imports the files. */
  async run(): Promise<void> {
    const id = this.id;
    if (!id) return;
    const turn = ++this.#turn;
    this.error = null;
    try {
      await importing.run(id, this.wish());
      this.step = 'importing';
      const ended = await this.#follow(id, turn);
      if (!ended) return;
      this.step = 'done';
      if (ended.state === 'imported') await this.#appear(ended.report?.revision ?? 0, turn);
    } catch (error) {
      if (turn === this.#turn) [this.error, this.step] = [error as ApiError, 'looked'];
    }
  }

  /** Stops an import; it keeps nothing. */
  async stop(): Promise<void> {
    if (this.id) await importing.stop(this.id).catch(() => undefined);
  }

  /** Forgets the files. */
  async leave(): Promise<void> {
    this.#turn += 1;
    this.#stop.abort();
    const id = this.id;
    this.id = null;
    [this.step, this.files, this.sent, this.look, this.progress, this.error, this.shapes] = ['away', [], 0, null, null, null, NOTHING];
    [this.layer, this.crs, this.source, this.replace, this.map] = ['', '', '', false, {}];
    if (id) await importing.forget(id).catch(() => undefined);
  }

  /** Lets the map fly to what the files hold. */
  show(): void {
    const box = this.shapes.bbox ?? around(this.trouble?.systems ?? []);
    if (box) screen.fly({ bbox: box }, 17);
  }

  /** A column goes to a field, or aside. */
  assign(column: string, field: string): void {
    this.map = { ...this.map, [column]: field || 'none' };
    void this.lookAgain();
  }

  wish(): Wish {
    return {
      layer: this.layer || undefined,
      crs: this.crs.trim() || undefined,
      source: this.source.trim() || undefined,
      replace: this.replace,
      map: Object.entries(this.map).map(([column, field]) => [field, column]),
    };
  }

  /** Follows the work until it ends; null where something later has taken its place. */
  async #follow(id: string, turn: number): Promise<Progress | null> {
    for (;;) {
      const progress = await importing.progress(id);
      if (turn !== this.#turn) return null;
      this.progress = progress;
      if (!['waiting', 'rehearsing', 'importing'].includes(progress.state)) return progress;
      await pause(POLL_MS);
    }
  }

  /** The map shows an import when the server has taken it up; until then the preview stays. */
  async #appear(revision: number, turn: number): Promise<void> {
    for (let tries = 0; tries < 60 && (store.city?.revision ?? 0) < revision; tries += 1) {
      await store.refresh();
      await pause(POLL_MS);
      if (turn !== this.#turn) return;
    }
    this.shapes = { ...NOTHING, bbox: this.shapes.bbox };
  }
}

/** Where systems of coordinates would put the data, as points with their names. */
function places(systems: System[]): GeoJSON.FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: systems.map(({ typed, at }) => ({ type: 'Feature', geometry: { type: 'Point', coordinates: at }, properties: { text: typed } })),
  };
}

function around(systems: System[]): Box | null {
  if (!systems.length) return null;
  const [lons, lats] = [systems.map(({ at }) => at[0]), systems.map(({ at }) => at[1])];
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

export const intake = new Intake();
