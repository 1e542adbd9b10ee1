import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { backOff, Stream, type Source } from './stream';

/** A connection that a test speaks on. */
class Wire implements Source {
  readyState = 0;
  closed = false;
  #listeners = new Map<string, (event: { data?: unknown; lastEventId?: string }) => void>();
  addEventListener(type: string, listener: (event: { data?: unknown; lastEventId?: string }) => void): void {
    this.#listeners.set(type, listener);
  }
  close(): void {
    this.closed = true;
  }
  say(type: string, data?: unknown): void {
    this.#listeners.get(type)?.({ data: JSON.stringify(data), lastEventId: 'a.1-3' });
  }
  fail(readyState: 0 | 2): void {
    this.readyState = readyState;
    this.#listeners.get('error')?.({});
  }
}

const wires: Wire[] = [];
const heard: string[] = [];
const HELLO = { load: 1, revision: 7, day: '2026-11-22' };
const make = (): Stream =>
  new Stream(
    {
      hello: ({ revision }, gap) => heard.push(`hello ${revision}${gap ? ' after a gap' : ''}`),
      change: ({ revision }) => heard.push(`change ${revision}`),
      reload: (told) => heard.push(`reload ${told}`),
      state: (state) => heard.push(state),
    },
    () => {
      wires.push(new Wire());
      return wires.at(-1)!;
    },
    () => 0.5,
  );
const last = (): Wire => wires.at(-1)!;

beforeEach(() => {
  vi.useFakeTimers();
  wires.length = heard.length = 0;
});
afterEach(() => vi.useRealTimers());

test('the first word opens the line, and changes come through', () => {
  make().open();
  last().say('hello', HELLO);
  last().say('change', { ...HELLO, revision: 8 });
  last().say('reload', {});
  expect(heard).toEqual(['open', 'hello 7', 'change 8', 'reload a.1-3']);
});

test('a connection that the browser takes up again by itself has no gap: the server knows what was heard last', () => {
  make().open();
  last().say('hello', HELLO);
  last().fail(0);
  last().say('hello', HELLO);
  expect(heard).toEqual(['open', 'hello 7', 'broken', 'open', 'hello 7']);
  expect(wires).toHaveLength(1);
});

test('a refused connection is tried again later and later, and the next one says that something may be missing', () => {
  make().open();
  last().say('hello', HELLO);
  for (const wait of [1000, 2000, 4000]) {
    last().fail(2);
    const tries = wires.length;
    vi.advanceTimersByTime(wait - 1);
    expect(wires).toHaveLength(tries);
    vi.advanceTimersByTime(1);
    expect(wires).toHaveLength(tries + 1);
  }
  last().say('hello', HELLO);
  expect(heard).toEqual(['open', 'hello 7', 'broken', 'open', 'hello 7 after a gap']);
  last().fail(2);
  vi.advanceTimersByTime(1000);
  expect(wires, 'a good connection begins with short waits again').toHaveLength(5);
});

test('after three tries of its own the browser is not left to hammer on', () => {
  make().open();
  for (let tries = 0; tries < 4; tries += 1) last().fail(0);
  expect(last().closed).toBe(true);
  vi.advanceTimersByTime(1000);
  expect(wires).toHaveLength(2);
});

test('a proxy that swallows the stream is found out: first told, then left', () => {
  make().open();
  vi.advanceTimersByTime(4000);
  expect(heard).toEqual(['broken']);
  vi.advanceTimersByTime(11_000);
  expect(last().closed).toBe(true);
  vi.advanceTimersByTime(1000);
  expect(wires).toHaveLength(2);
});

test('one that is swallowed when it is taken up again is left too', () => {
  make().open();
  last().say('hello', HELLO);
  last().fail(0);
  vi.advanceTimersByTime(15_000);
  expect(last().closed).toBe(true);
});

test('an old connection is not listened to any more, nor what is no JSON', () => {
  const stream = make();
  stream.open();
  const old = last();
  stream.open();
  old.say('hello', HELLO);
  old.fail(2);
  last().say('change');
  expect(heard).toEqual([]);
  expect(old.closed).toBe(true);
  stream.close();
  vi.advanceTimersByTime(60_000);
  expect(wires).toHaveLength(2);
});

test('no wait is longer than half a minute and a bit', () => {
  expect(backOff(0, 0)).toBe(700);
  expect(backOff(40, 1)).toBeCloseTo(39_000);
});
