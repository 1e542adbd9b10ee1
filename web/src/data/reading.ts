import { t } from '../words';

/** Encodings that tables of offices come in. */
export const ENCODINGS = ['UTF-8', 'GB18030', 'Big5', 'EUC-KR', 'Shift_JIS', 'EUC-JP', 'windows-1252'] as const;

/** An answer as a person reads it. */
export function optionName(value: string): string {
  switch (value) {
    case 'point': return t('data.decimal.point');
    case 'comma': return t('data.decimal.comma');
    case 'lonlat': return t('data.pair.lonlat');
    case 'latlon': return t('data.pair.latlon');
    default: return ENCODINGS.find((name) => name.toLowerCase() === value.toLowerCase()) ?? value;
  }
}
