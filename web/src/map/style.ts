import type { LayerSpecification, StyleSpecification } from 'maplibre-gl';
import type { Text } from '../api/types';
import type { Desk, Failing, Showing } from '../state/link';

/** One line of the legend, as it stands beside its layer in the style. */
export interface LegendLine extends Text {
  icon?: string;
  pattern?: string;
  fill?: string;
  line?: string;
  dash?: boolean;
  /** A circle of this colour. */
  dot?: string;
  /** The symbol is drawn faint. */
  faint?: boolean;
  ramp?: string[];
  from?: string;
  to?: string;
  /** A number as the map writes it, in the colour `fill`. */
  count?: string;
}
export interface Group extends Text { id: string }

interface LayerNotes {
  'firemap:group'?: string;
  'firemap:legend'?: LegendLine[];
  'firemap:needs'?: string;
  'firemap:desk'?: Desk;
  /** Drawn only while buildings are coloured by one of these. */
  'firemap:shows'?: Showing[];
  /** Drawn only while the list of what fails first is open at this. */
  'firemap:fails'?: Failing;
  'firemap:hides_for'?: Desk;
  /** Drawn only under rules that make a coverage, or only under rules that make none. */
  'firemap:assessed'?: boolean;
  /** Drawn only where buildings stand up. */
  'firemap:raised'?: boolean;
  /** The zoom from which on the layer is empty, but for tiles too dense for what it sums up. */
  'firemap:usual_to'?: number;
}

const notes = (layer: LayerSpecification): LayerNotes => (layer.metadata ?? {}) as LayerNotes;

/** What decides whether a layer is drawn, beside the zoom. */
export interface Shown { off: readonly string[]; desk: Desk; assessed: boolean; raised: boolean; showing: Showing; fails: Failing | null; count: (layer: string) => number }

export function isShown(layer: LayerSpecification, { off, desk, assessed, raised, showing, fails, count }: Shown): boolean {
  const note = notes(layer);
  if (note['firemap:desk'] && note['firemap:desk'] !== desk) return false;
  if (note['firemap:shows'] && !note['firemap:shows'].includes(showing)) return false;
  if (note['firemap:fails'] && note['firemap:fails'] !== fails) return false;
  if (note['firemap:hides_for'] === desk) return false;
  if ((note['firemap:assessed'] ?? assessed) !== assessed) return false;
  if (note['firemap:raised'] && !raised) return false;
  if (note['firemap:needs'] && count(note['firemap:needs']) === 0) return false;
  return !off.includes(note['firemap:group'] ?? '');
}

/** Whether what stands up wears the colours of coverage. */
export const coloured = (shown: Shown): 'on' | 'off' => (shown.off.includes('coverage') ? 'off' : 'on');

/** The style as it is given to the map: layers that are off hidden, grade and level set. */
export function prepare(
  style: StyleSpecification,
  shown: Shown,
  state: { grade: string; level: string },
): StyleSpecification {
  return {
    ...style,
    state: {
      ...style.state,
      grade: { default: state.grade },
      level: { default: state.level },
      coverage: { default: coloured(shown) },
      showing: { default: shown.showing },
    },
    layers: style.layers.map((layer) => {
      if (layer.type === 'background') return layer;
      const visibility = isShown(layer, shown) ? 'visible' : 'none';
      return { ...layer, layout: { ...layer.layout, visibility } } as LayerSpecification;
    }),
  };
}

/** Layers of sums that are drawn beyond their usual zooms where a tile is too dense. */
export const sums = (style: StyleSpecification): LayerSpecification[] =>
  style.layers.filter((layer) => notes(layer)['firemap:usual_to'] !== undefined);

export interface LegendGroup extends Group { lines: LegendLine[]; on: boolean; beyond: boolean }

/**
 * The legend at a zoom: each group that has something to show here, its lines in the order of the style, whether it
 * is switched on, and whether all it has needs a nearer look (`beyond`). `dense` are the layers of sums that the map
 * now draws beyond their usual zooms; `values` are put where the words name them, such as `{limit}`.
 */
export function legend(
  style: StyleSpecification,
  zoom: number,
  shown: Shown,
  dense: readonly string[] = [],
  values: Record<string, Text> = {},
): LegendGroup[] {
  const groups = ((style.metadata as { 'firemap:groups'?: Group[] } | undefined)?.['firemap:groups'] ?? []).slice();
  return groups.flatMap((group) => {
    const layers = style.layers.filter(
      (layer) => notes(layer)['firemap:group'] === group.id && isShown(layer, { ...shown, off: [] }),
    );
    if (!layers.length) return [];
    const last = (layer: LayerSpecification): number =>
      Math.min(layer.maxzoom ?? 25, dense.includes(layer.id) ? 25 : (notes(layer)['firemap:usual_to'] ?? 25));
    const near = layers.filter((layer) => zoom >= (layer.minzoom ?? 0) && zoom < last(layer));
    const storey = String((style.state?.['storey_m'] as { default?: number } | undefined)?.default ?? '');
    const all: Record<string, Text> = { ...values, storey_m: { zh: storey, en: storey } };
    const put = (lang: 'zh' | 'en', text: string): string => text.replace(/\{(\w+)\}/g, (whole, name: string) => all[name]?.[lang] ?? whole);
    const told = (line: LegendLine): LegendLine => ({ ...line, zh: put('zh', line.zh), en: put('en', line.en) });
    const lines = near.flatMap((layer) => notes(layer)['firemap:legend'] ?? []).map(told);
    return [{ ...group, lines, on: !shown.off.includes(group.id), beyond: near.length === 0 }];
  });
}

