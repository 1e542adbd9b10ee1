import { ApiError } from '../api/client';
import { importing, type About, type Ask, type FileTold, type Look, type Progress, type Report, type Shapes, type System, type Trouble, type Wish } from '../api/intake';
import type { Box } from '../api/types';
import { beyond } from '../data/files';
import { askKey, gathered, isSure, wordKey } from './asks';
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
  /** Even if that is more than half of them. */
  replaceMost = $state(false);
  /** Only what touches west,south,east,north. */
  box = $state('');
  /** Column → field that a person chose; `none` leaves it aside. */
  map = $state.raw<Record<string, string>>({});

  key = $state('');
  sheet = $state('');
  encoding = $state('');
  /** The row of the header; empty where it is found out. */
  header = $state('');
  decimal = $state<'' | 'point' | 'comma'>('');
  /** Field → unit of its column. */
  units = $state.raw<Record<string, string>>({});
  /** Field and word → code, empty for nothing known. */
  words = $state.raw<Record<string, string>>({});
  profile = $state('');
  /** The name to keep all this by. */
  remember = $state('');
  /** Every question that came up, in the order in which they did. */
  asked = $state.raw<Ask[]>([]);

  id: string | null = null;
  #turn = 0;
  #stop = new AbortController();

  /** What the whole files hold where that is known, else what their beginning shows. */
  report = $derived<Report | null>(this.progress?.report ?? null);
  found = $derived<FileTold[]>(this.report?.files ?? this.look?.files ?? []);
  trouble = $derived<Trouble | null>(this.look?.trouble ?? this.progress?.trouble ?? null);
  counting = $derived(this.step === 'looked' && (this.progress?.state === 'rehearsing' || this.progress?.state === 'waiting'));

  /** Questions that are open, and those that have been answered. */
  asks = $derived.by<Ask[]>(() => {
    const open = new Set(this.found.flatMap((file) => file.asks).map(askKey));
    return this.asked.filter((ask) => !isSure(ask) && ask.about !== 'place' && (open.has(askKey(ask)) || this.answer(ask) !== null));
  });
  sheets = $derived<string[]>(this.look?.sheets ?? []);

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
      this.#gather();
      this.step = 'looked';
      const before = this.shapes.bbox?.join();
      this.shapes = look.shapes;
      // The map moves only where there is something else to see.
      if (first || look.trouble?.systems.length || look.shapes.bbox?.join() !== before) this.show();
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
      this.progress = null;
      const ended = await this.#follow(id, turn);
      if (!ended) return;
      this.step = 'done';
      if (ended.report?.profile?.kept) void this.open();
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
    [this.layer, this.crs, this.source, this.box, this.map] = ['', '', '', '', {}];
    [this.replace, this.replaceMost] = [false, false];
    [this.key, this.sheet, this.encoding, this.header, this.decimal, this.profile, this.remember] = ['', '', '', '', '', '', ''];
    [this.units, this.words, this.asked] = [{}, {}, []];
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

  /** What was answered to a question; null where nothing was. */
  answer(ask: Ask): string | null {
    switch (ask.about) {
      case 'crs': return this.crs || null;
      case 'encoding': return this.encoding || null;
      case 'decimal': return this.decimal || null;
      case 'header_row': return this.header || null;
      case 'unit': return this.units[ask.field ?? ''] ?? null;
      case 'word': return this.words[wordKey(ask.field ?? '', ask.example ?? '')] ?? null;
      case 'pair': return this.map[ask.column ?? ''] ?? null;
      case 'place': return null;
    }
  }

  /** Answers a question; null takes the answer back. */
  reply(ask: Ask, value: string | null): void {
    const without = (all: Record<string, string>, key: string): Record<string, string> => {
      const { [key]: _, ...rest } = all;
      return value === null ? rest : { ...rest, [key]: value };
    };
    switch (ask.about) {
      case 'crs': this.crs = value ?? ''; break;
      case 'encoding': this.encoding = value ?? ''; break;
      case 'decimal': this.decimal = value === 'point' || value === 'comma' ? value : ''; break;
      case 'header_row': this.header = value ?? ''; break;
      case 'unit': this.units = without(this.units, ask.field ?? ''); break;
      case 'word': this.words = without(this.words, wordKey(ask.field ?? '', ask.example ?? '')); break;
      case 'pair': this.map = without(this.map, ask.column ?? ''); break;
      case 'place': break;
    }
    void this.lookAgain();
  }

  /** The place is in two columns. */
  place(lon: string, lat: string): void {
    const rest = Object.entries(this.map).filter(([, field]) => field !== 'lon' && field !== 'lat');
    this.map = { ...Object.fromEntries(rest), [lon]: 'lon', [lat]: 'lat' };
    void this.lookAgain();
  }

  #gather(): void {
    this.asked = gathered(this.asked, [...this.found.flatMap((file) => file.asks), ...(this.trouble?.asks ?? [])]);
  }

  wish(): Wish {
    const header = this.header.trim() === '' ? undefined : Number(this.header);
    return {
      key: this.key || undefined,
      sheet: this.sheet || undefined,
      encoding: this.encoding || undefined,
      header_row: header !== undefined && Number.isInteger(header) && header >= 0 ? header : undefined,
      decimal: this.decimal || undefined,
      profile: this.profile || undefined,
      save_profile: this.remember.trim() || undefined,
      units: Object.entries(this.units),
      words: Object.entries(this.words).map(([key, code]) => {
        const at = key.indexOf('\n');
        return [key.slice(0, at), key.slice(at + 1), code];
      }),
      layer: this.layer || undefined,
      crs: this.crs.trim() || undefined,
      source: this.source.trim() || undefined,
      replace: !this.replace ? 'no' : this.replaceMost ? 'all' : 'rest',
      box: this.box.trim() || undefined,
      map: Object.entries(this.map).map(([column, field]) => [field, column]),
    };
  }

  /** Follows the work until it ends; null where something later has taken its place. */
  async #follow(id: string, turn: number): Promise<Progress | null> {
    for (;;) {
      const progress = await importing.progress(id);
      if (turn !== this.#turn) return null;
      this.progress = progress;
      this.#gather();
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
