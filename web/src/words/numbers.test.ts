import { describe, expect, it } from 'vitest';
import { count, covered, duration, metres, percent } from './numbers';
import { say, WORDS } from './words';

describe('numbers', () => {
  it('that are not known are a dash, never a zero', () => {
    expect([count('zh', null), percent(null), metres(undefined)]).toEqual(['—', '—', '—']);
  });

  it('short of all are never rounded up to all, and more than nothing never down to nothing', () => {
    expect(percent(0.99999)).toBe('99.9%');
    expect(percent(0.00001)).toBe('0.1%');
    expect([percent(1), percent(0), percent(1.25)]).toEqual(['100.0%', '0.0%', '125.0%']);
  });

  it('of covered buildings count the whole ones alone, over all with part and unknown among them', () => {
    expect(covered({ whole: 1, part: 1, not: 1, unknown: 1 })).toBe(0.25);
    expect(covered({ whole: 0, part: 0, not: 0, unknown: 0 })).toBeNull();
  });
});

describe('words', () => {
  it('name the same values in both languages', () => {
    const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
    for (const [word, [zh, en]] of Object.entries(WORDS)) expect(names(zh), word).toEqual(names(en));
  });

  it('take their values', () => {
    expect(say('en', 'revision', { n: 7 })).toBe('Revision 7');
    expect(say('zh', 'revision', { n: 7 })).toBe('第 7 版');
  });
});

it('a time is told in minutes and seconds, whole minutes by themselves', () => {
  expect([0, 45, 60, 200, 300].map((s) => duration('zh', s))).toEqual(['0秒', '45秒', '1分钟', '3分20秒', '5分钟']);
  expect([45, 60, 200].map((s) => duration('en', s))).toEqual(['45 s', '1 min', '3 min 20 s']);
});
