import type { Change, Hello } from '../api/live';

/** `opening` until the first word or until it takes too long, `open` while changes come in, else `broken`. */
export type StreamState = 'opening' | 'open' | 'broken';

/** What is heard on the stream. */
export interface Heard {
  /** The server says where it stands. `gap`: what was told since the last connection may be lost. */
  hello(hello: Hello, gap: boolean): void;
  change(change: Change): void;
  /** Too much was missed: everything is to be fetched again. */
  reload(told: string): void;
  state(state: StreamState): void;
}

/** As much of an `EventSource` as is used here. */
export interface Source {
  readonly readyState: number;
  addEventListener(type: string, listener: (event: { data?: unknown; lastEventId?: string }) => void): void;
  close(): void;
}

const CLOSED = 2;
/** Tries that the browser makes by itself, which tell the server what was heard last. */
const OWN_TRIES = 3;
/** How long a word may take; a proxy may swallow the stream. */
const PATIENCE_MS = 4_000;
const GIVE_UP_MS = 15_000;
const LONGEST_MS = 30_000;

/** The next try after so many failures: twice as late each time, and not all viewers at once. */
export const backOff = (failures: number, random: number): number => Math.min(LONGEST_MS, 1_000 * 2 ** failures) * (0.7 + 0.6 * random);

/** Keeps a connection to `/api/live`: opens it again with back-off, and tells when something may have been missed. */
export class Stream {
  #source: Source | null = null;
  #timers: ReturnType<typeof setTimeout>[] = [];
  #failures = 0;
  #state: StreamState = 'opening';
  /** A connection has been there, so what came between it and the next is not known. */
  #had = false;

  constructor(
    private readonly heard: Heard,
    private readonly make: () => Source = () => new EventSource('api/live') as Source,
    private readonly random: () => number = Math.random,
  ) {}

  /** Opens a connection now, in place of one that may be there. */
  open(): void {
    this.close();
    const source = (this.#source = this.make());
    let isNew = true;
    let tries = 0;
    const hear = (name: string, take: (data: never) => void): void =>
      source.addEventListener(name, (event) => {
        if (source !== this.#source) return;
        const data = parsed(event.data);
        if (data) take({ ...data, told: event.lastEventId ?? '' } as never);
      });
    hear('hello', (hello: Hello) => {
      this.#stopTimers();
      this.#failures = tries = 0;
      this.#tell('open');
      this.heard.hello(hello, isNew && this.#had);
      this.#had = true;
      isNew = false;
    });
    hear('change', (change: Change) => this.heard.change(change));
    hear('reload', ({ told }: { told: string }) => this.heard.reload(told));
    source.addEventListener('error', () => {
      if (source !== this.#source) return;
      this.#tell('broken');
      tries += 1;
      if (source.readyState === CLOSED || tries > OWN_TRIES) this.#later();
      else if (!this.#timers.length) this.#timers = [setTimeout(() => this.#later(), GIVE_UP_MS)];
    });
    this.#timers = [
      setTimeout(() => this.#state === 'opening' && this.#tell('broken'), PATIENCE_MS),
      setTimeout(() => this.#later(), GIVE_UP_MS),
    ];
  }

  /** Lets the connection go; nothing is tried until it is opened again. */
  close(): void {
    this.#stopTimers();
    this.#source?.close();
    this.#source = null;
  }

  get isOpen(): boolean {
    return this.#source !== null && this.#state === 'open';
  }

  #later(): void {
    this.close();
    this.#tell('broken');
    this.#timers = [setTimeout(() => this.open(), backOff(this.#failures, this.random()))];
    this.#failures += 1;
  }

  #stopTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }

  #tell(state: StreamState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.heard.state(state);
  }
}

function parsed(data: unknown): object | null {
  try {
    return JSON.parse(String(data)) as object | null;
  } catch {
    return null;
  }
}
