import type { Ask } from '../api/intake';

/** What tells one question from another. */
export const askKey = (ask: Ask): string =>
  ask.about === 'word' ? `word ${ask.field} ${ask.example}` : ask.about === 'unit' ? `unit ${ask.field}` : ask.about === 'pair' ? `pair ${ask.column}` : ask.about;

/** A word of a field, as an answer is kept by. */
export const wordKey = (field: string, word: string): string => `${field}\n${word}`;

/** Questions so far and those that came up now, each once and in the order in which they came. */
export function gathered(known: readonly Ask[], now: readonly Ask[]): Ask[] {
  const all = new Map(known.map((ask) => [askKey(ask), ask]));
  for (const ask of now) {
    const before = all.get(askKey(ask));
    // The answers that came into question first are kept: what is taken now is not asked again.
    all.set(askKey(ask), before ? { ...before, count: ask.count || before.count } : ask);
  }
  return [...all.values()];
}

/** Whether a question only says what was found out, and can wait among the other things said of a table. */
export const isSure = (ask: Ask): boolean => ask.about === 'header_row' || (ask.about === 'encoding' && ask.choices.length < 2);
