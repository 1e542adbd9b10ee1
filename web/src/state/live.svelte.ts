import type { Change, Hello } from '../api/live';
import type { City, LngLat } from '../api/types';
import { gather, lacks, Pace } from './changes';
import { store } from './city.svelte';
import { faults } from './faults.svelte';
import { screen } from './screen.svelte';
import { Stream } from './stream';

/** How long the stream may be behind what a question shows before it is not trusted. */
const GRACE_MS = 3_000;
/** How long a page may be hidden before it lets its connection go. */
const HIDDEN_MS = 60_000;
/** Changes kept for a page that nobody sees. */
const MOST_HELD = 500;
/** Features beyond which a change is no news of single things. */
const MOST_MARKED = 100;
const TICK_MS = 5_000;

/** Follows the server: brings what a change touches up to date, and everything after a gap. */
class Live {
  #stream = new Stream({
    hello: (hello, gap) => this.#hello(hello, gap),
    change: (change) => this.#hear(change),
    reload: (told) => this.#everything(told),
    state: (state) => {
      store.stream = state;
      // Whether it is only the stream or the server that is away is found out at once.
      if (state === 'broken') void store.refresh();
    },
  });
  #load = 0;
  /** The last event that the map shows at least, by its id; none before the first. */
  #shown = '';
  #held: Change[] = [];
  #pace = new Pace();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #grace: ReturnType<typeof setTimeout> | undefined;
  #hidden: ReturnType<typeof setTimeout> | undefined;

  start(): () => void {
    store.onread = (city, wasLost) => this.#read(city, wasLost);
    const stop = store.start();
    const seen = (): void => this.#seen();
    const wake = (event: Event): void => {
      // A page that opens starts by itself; one that comes back from the browser's store does not.
      if (!document.hidden && (event.type !== 'pageshow' || (event as PageTransitionEvent).persisted)) this.#wake();
    };
    document.addEventListener('visibilitychange', seen);
    window.addEventListener('online', wake);
    window.addEventListener('pageshow', wake);
    // A clock that jumped slept with its machine: its connection may be dead without knowing.
    let last = Date.now();
    const ticks = setInterval(() => {
      const slept = Date.now() - last > 4 * TICK_MS && !document.hidden;
      last = Date.now();
      if (slept) this.#wake(true);
    }, TICK_MS);
    this.#stream.open();
    return () => {
      stop();
      this.#stream.close();
      document.removeEventListener('visibilitychange', seen);
      window.removeEventListener('online', wake);
      window.removeEventListener('pageshow', wake);
      for (const timer of [this.#timer, this.#grace, this.#hidden]) clearTimeout(timer);
      clearInterval(ticks);
    };
  }

  /** Tries now. */
  retry(): void {
    if (!this.#stream.isOpen) this.#stream.open();
    void store.refresh();
  }

  #hello(hello: Hello, gap: boolean): void {
    store.heard = performance.now();
    const restarted = this.#load !== 0 && this.#load !== hello.load;
    const first = this.#load === 0;
    this.#load = hello.load;
    const behind = first && this.#shown !== '' && lacks(this.#shown, hello.told);
    if (gap || restarted || behind) this.#everything(hello.told);
    else if (this.#shown === '') this.#shown = hello.told;
  }

  #hear(change: Change): void {
    store.heard = performance.now();
    this.#held.push(change);
    if (document.hidden && this.#held.length <= MOST_HELD) return;
    if (this.#held.length > MOST_HELD) return this.#everything(change.told);
    this.#soon();
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#bring();
    }, this.#pace.wait(performance.now()));
  }

  /** Brings up to date what the changes held touch. */
  #bring(): void {
    const last = this.#held.at(-1);
    if (!last) return;
    const got = gather(this.#held);
    this.#held = [];
    this.#shown = last.told;
    screen.map?.refresh(got.tiles);
    const places = got.features.flatMap(({ at, gone }) => (at && !gone ? [at as LngLat] : []));
    if (places.length <= MOST_MARKED) screen.map?.flash(places);
    if (!faults.take(got)) store.whole += 1;
    store.something(got.areas);
    void store.refresh();
  }

  /** Asks for all again; what comes is as this event told, or newer. */
  #everything(told: string): void {
    this.#held = [];
    this.#shown = told;
    screen.map?.refresh();
    store.everything();
    void store.refresh();
  }

  /** A question may show what the stream did not tell, where something between swallows it. */
  #read(city: City, wasLost: boolean): void {
    // What was asked for meanwhile may have failed.
    if (wasLost && this.#shown !== '') return this.#everything(city.told);
    // The map begins with the first answer, so it shows no less.
    if (this.#shown === '') this.#shown = city.told;
    clearTimeout(this.#grace);
    if (!lacks(this.#shown, city.told)) return;
    const behind = (): void => {
      if (!lacks(this.#shown, city.told) || this.#held.length) return;
      this.#everything(city.told);
      if (this.#stream.isOpen) this.#stream.open();
    };
    if (this.#stream.isOpen) this.#grace = setTimeout(behind, GRACE_MS);
    else behind();
  }

  #seen(): void {
    clearTimeout(this.#hidden);
    if (document.hidden) this.#hidden = setTimeout(() => this.#stream.close(), HIDDEN_MS);
    else this.#wake();
  }

  /** After sleep or out of sight: what was told meanwhile is taken up, and what may have been missed asked for. */
  #wake(distrust = false): void {
    if (distrust || !this.#stream.isOpen) this.#stream.open();
    if (this.#held.length) this.#soon();
    void store.refresh();
  }
}

export const live = new Live();
