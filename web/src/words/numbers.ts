type Lang = 'zh' | 'en';
const locale = (lang: Lang): string => (lang === 'zh' ? 'zh-CN' : 'en-GB');

/** A count with thousands apart; a dash if it is not known. */
export function count(lang: Lang, value: number | null | undefined): string {
  return value == null ? '—' : new Intl.NumberFormat(locale(lang), { maximumFractionDigits: 0 }).format(value);
}

/** A fraction of one as percent. What is not all is never shown as 100, what is not nothing never as 0. */
export function percent(value: number | null | undefined, digits = 1): string {
  if (value == null) return '—';
  const least = 10 ** -digits;
  const shown = value >= 1 ? value * 100 : Math.min(value * 100, 100 - least);
  return `${(value > 0 ? Math.max(shown, least) : 0).toFixed(digits)}%`;
}

/** The rate of hydrants in service; null where there is none, or no state is known, which is not the same as zero. */
export function soundRate(sound: { unknown: number; all: number; rate: number | null } | null | undefined): number | null {
  return sound && sound.unknown < sound.all ? sound.rate : null;
}

/** Metres, one decimal under a hundred. */
export function metres(value: number | null | undefined): string {
  if (value == null) return '—';
  return `${value < 100 ? value.toFixed(1) : value.toFixed(0)} m`;
}

/** A time that something takes, in minutes and seconds. */
export function duration(lang: Lang, seconds: number): string {
  const whole = Math.round(seconds);
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  const [min, sec] = lang === 'zh' ? [rest ? '分' : '分钟', '秒'] : [' min', ' s'];
  const parts = [minutes ? `${minutes}${min}` : '', rest || !minutes ? `${rest}${sec}` : ''];
  return parts.filter(Boolean).join(lang === 'zh' ? '' : ' ');
}

/** A moment to the minute as clocks of a zone show it; as it was given if it is no moment. */
export function moment(lang: Lang, value: string, zone: string): string {
  const at = new Date(value);
  if (Number.isNaN(at.getTime())) return value;
  return new Intl.DateTimeFormat(locale(lang), { dateStyle: 'medium', timeStyle: 'short', timeZone: zone }).format(at);
}

/** A number of a field with as many decimals as it has, at most three. */
export function number(lang: Lang, value: number): string {
  return new Intl.NumberFormat(locale(lang), { maximumFractionDigits: 3 }).format(value);
}

/** The share covered, which is whole alone: a corner in reach covers no building. Null where there is nothing to divide by. */
export function covered(counts: { whole: number; part: number; not: number; unknown: number }): number | null {
  const all = counts.whole + counts.part + counts.not + counts.unknown;
  return all ? counts.whole / all : null;
}
