import type { StyleSpecification } from 'maplibre-gl';
import type { Box, LngLat, Text } from '../api/types';
import type { Edges, MapController } from '../map/controller';
import { LEVELS, type Column, type Lang, type Level } from './link';
import type { Shown } from '../map/style';
import { areas } from './areas.svelte';
import { duration, metres } from '../words/numbers';
import { store } from './city.svelte';
import { ground } from './ground.svelte';
import { risk } from './risk.svelte';
import { BANDS } from '../api/risk';
import { say } from '../words/words';
import { view } from './view.svelte';

/** What is on the screen around the map, and the map itself for those who let it fly. */
class Screen {
  map = $state.raw<MapController | null>(null);
  style = $state.raw<StyleSpecification | null>(null);
  zoom = $state(0);
  idle = $state(false);
  /** Layers of sums drawn where a tile is too dense for the things themselves. */
  dense = $state.raw<string[]>([]);
  /** Area → the figure that colours it at the desk of analysis. */
  ranks = $state.raw<Map<number, number | null>>(new Map());
  /** The column that colours areas. */
  colouring = $state<Column>('share');
  /** Height of the phone's sheet in pixels, for what the map must leave free. */
  sheet = $state(0);
  searching = $state(0);
  /** What the next click on the map asks of the place: an alarm, or what a hydrant there would add. */
  aim = $state<'alarm' | 'hydrant' | null>(null);

  /** The level of areas now compared: the chosen one if the city has it, else the finest useful one it has. */
  level = $derived<Level>(
    view.level && (!areas.levels || areas.levels.includes(view.level)) ? view.level : (areas.usual ?? LEVELS[1]),
  );

  /** What decides which layers are drawn and stand in the legend. */
  shown = $derived<Shown>({
    off: view.off,
    desk: view.desk,
    assessed: !store.city?.rules.not_assessed,
    raised: view.raised,
    showing: view.showing,
    fails: view.desk === 'plan' && (view.panel || view.wall) ? view.fails : null,
    count: (layer) => store.count(layer),
  });

  /** What the legend puts in where its words name it: the limit of hose, the times of arrival, the bands of risk. */
  values = $derived.by<Record<string, Text>>(() => {
    const both = (text: (lang: Lang) => string): Text => ({ zh: text('zh'), en: text('en') });
    const [first, second, third] = (ground.told?.shown_at_s ?? [60, 180, 300]).map((s) => both((lang) => duration(lang, s)));
    const limit = both(() => metres(ground.told?.limit_m));
    const arrivals = { limit, first: first ?? limit, second: second ?? limit, third: third ?? limit };
    const bands = BANDS.flatMap((band) => {
      const told = risk.told?.bands.find(({ id }) => id === band);
      const title = told?.title ?? both((lang) => say(lang, `risk.band.${band}`));
      const from = told ? both((lang) => `${title[lang]} ${told.from ? `≥ ${told.from}` : ''}`.trim()) : title;
      return [[band, title], [`${band}_from`, from]] as const;
    });
    return { ...arrivals, ...Object.fromEntries(bands) };
  });

  /** Room that the map leaves at its edges so that what it flies to is not under a panel. */
  edges(): Edges {
    const card = view.carded;
    // With a selection the sheet stands at least at half, or soon will.
    const sheet = Math.max(this.sheet, card ? window.innerHeight * 0.5 : 0);
    if (view.narrow) return { top: 76, right: 36, bottom: Math.min(sheet, window.innerHeight * 0.55) + 24, left: 36 };
    const width = this.map?.map.getContainer().clientWidth ?? window.innerWidth - 400;
    const right = 64 + (card ? 340 : 0);
    return { top: 48, right, bottom: 48, left: width - right > 640 ? 310 : 48 };
  }

  fly(to: { bbox?: Box | null; at?: LngLat }, nearest?: number): void {
    if (to.bbox && (to.bbox[0] !== to.bbox[2] || to.bbox[1] !== to.bbox[3])) this.map?.fly(to.bbox, this.edges(), nearest);
    else if (to.at) this.map?.flyTo(to.at, this.edges(), nearest);
    else if (to.bbox) this.map?.flyTo([to.bbox[0], to.bbox[1]], this.edges(), nearest);
  }
}

export const screen = new Screen();
