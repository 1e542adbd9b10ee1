import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl';
import { describe, expect, it } from 'vitest';
import layers from '../../../styles/layers.json';
import palette from '../../../styles/palette.json';
import { SHOWINGS, type Showing } from '../state/link';
import { isShown, legend, prepare } from './style';

/** The style as the server makes it. */
function painted(theme: 'light' | 'dark'): StyleSpecification {
  const colours: Record<string, string> = palette[theme];
  const text = JSON.stringify(layers).replace(/"@(\w+)"/g, (_, token: string) => JSON.stringify(colours[token]));
  const sources = Object.fromEntries(
    ['base', 'buildings', 'ground', 'risk', 'fire', 'areas'].map((name) => [name, { type: 'vector', url: `http://x/tiles/${name}.json` }]),
  );
  const selection = { type: 'geojson', data: { type: 'FeatureCollection', features: [] } };
  return { ...JSON.parse(text), sources: { ...sources, selection, preview: selection }, sprite: 'http://x/sprite' } as StyleSpecification;
}
const everything = { off: [], desk: 'plan', assessed: true, raised: false, showing: 'circle', fails: null, count: () => 1 } as const;

describe('the map style', () => {
  it.each(['light', 'dark'] as const)('is valid to MapLibre, %s', (theme) => {
    const style = prepare(painted(theme), everything, { grade: 'verified', level: 'community' });
    expect(validateStyleMin(style as never)).toEqual([]);
  });

  it('shows buildings near and squares far', () => {
    const words = (zoom: number) =>
      legend(painted('light'), zoom, everything).find((group) => group.id === 'coverage')!.lines.map((line) => line.en);
    expect(words(16)).toEqual(['Whole', 'In part', 'Not covered', 'Unknown']);
    expect(words(11)[0]).toMatch(/^Share of known/);
  });

  it('tells squares near too where a tile is too dense for footprints', () => {
    const group = legend(painted('light'), 16, everything, ['square-known']).find(({ id }) => id === 'coverage')!;
    expect(group.lines.map((line) => line.en)).toContain('Share of known buildings covered whole');
  });

  it('counts hydrants where they are too small to draw one by one', () => {
    const words = (zoom: number) =>
      legend(painted('light'), zoom, everything).find(({ id }) => id === 'hydrants')!.lines.map((line) => line.en);
    expect(words(12.5)).toEqual(['Hydrants in the square']);
    expect(words(14)).not.toContain('Hydrants in the square');
  });

  it('keeps quiet about layers that the city does not have', () => {
    const groups = legend(painted('light'), 16, { ...everything, count: (layer) => (layer === 'hydrant' ? 9 : 0) });
    expect(groups.map((group) => group.id)).toEqual(['coverage', 'hydrants', 'areas', 'labels']);
  });

  it('hides a group that is off and colours areas at the desk of analysis alone', () => {
    const style = painted('light');
    const byId = (id: string) => style.layers.find((layer) => layer.id === id)!;
    expect(isShown(byId('hydrant'), { ...everything, off: ['hydrants'] })).toBe(false);
    expect(isShown(byId('area-rank'), everything)).toBe(false);
    expect(isShown(byId('area-rank'), { ...everything, desk: 'analysis' })).toBe(true);
    expect(isShown(byId('square-known'), { ...everything, desk: 'analysis' })).toBe(false);
  });

  it('knows no covered and no bare building under rules for the way along the ground', () => {
    const words = (zoom: number) =>
      legend(painted('light'), zoom, { ...everything, assessed: false }).find(({ id }) => id === 'coverage')!.lines.map((line) => line.en);
    expect(words(16)).toEqual(['Not assessed']);
    expect(words(11)).toEqual(['Buildings, not assessed']);
  });

  it('stands buildings up only when asked, and says which heights are estimated and which unknown', () => {
    const heights = (raised: boolean, zoom = 16) =>
      legend(painted('light'), zoom, { ...everything, raised }).find(({ id }) => id === 'heights');
    expect(heights(false)).toBeUndefined();
    expect(heights(true)!.lines.map((line) => line.en)).toEqual(['Height unknown: left flat', 'Height on record', 'Estimated: floors × 3 m']);
    expect(heights(true, 14)!.beyond).toBe(true);
  });

  it('asks for the ground only while buildings are coloured by it, and never for two colourings at once', () => {
    const style = painted('light');
    const drawn = (showing: Showing) =>
      style.layers.filter((layer) => isShown(layer, { ...everything, showing, raised: true })) as (LayerSpecification & { source?: string; metadata: Record<string, unknown> })[];
    expect(drawn('circle').filter(({ source }) => source === 'ground')).toEqual([]);
    for (const showing of SHOWINGS.slice(1)) {
      const asked = showing === 'risk' ? 'risk' : 'ground';
      expect(drawn(showing).some(({ source }) => source === asked)).toBe(true);
      const coloured = drawn(showing).filter(({ metadata }) => metadata['firemap:group'] === 'coverage');
      expect(coloured.filter(({ source }) => source !== asked).map(({ id }) => id)).toEqual([]);
    }
  });

  it('tells of each colouring what it means, its limit and times put in, near and far', () => {
    const both = (text: string) => ({ zh: text, en: text });
    const values = { limit: both('153 m'), first: both('1 min'), second: both('3 min'), third: both('5 min') };
    const words = (showing: Showing, zoom: number) =>
      legend(painted('light'), zoom, { ...everything, showing, assessed: showing !== 'hose' }, [], values).find(({ id }) => id === 'coverage')!.lines.map((line) => line.en);
    expect(words('hose', 16)).toEqual(['Hose within 153 m', 'Hose does not reach', 'Unknown']);
    expect(words('versus', 16)).toEqual(['Circle and hose', 'Hose alone', 'Neither', 'Circle alone, no hose', 'Unknown']);
    expect(words('engine', 16)).toEqual(['≤ 1 min', '≤ 3 min', '≤ 5 min', 'Later', 'Nobody arrives', 'Unknown']);
    expect(words('micro', 11)[0]).toContain('within 5 min');
    expect(words('access', 16)).toEqual(['Ladder truck', 'Engine alone', 'No vehicle', 'Unknown']);
    expect(words('access', 11)[0]).toContain('engine surely gets to');
  });

  it('tells the bands of risk from which score they hold, worst first, and that hatched is little known', () => {
    const values = Object.fromEntries(
      ['red', 'orange', 'yellow', 'blue'].flatMap((band, nth) => [
        [band, { zh: band, en: band }],
        [`${band}_from`, { zh: `${band} ${nth}`, en: `${band} ${nth}` }],
      ]),
    );
    const words = (zoom: number) =>
      legend(painted('light'), zoom, { ...everything, showing: 'risk' }, [], values).find(({ id }) => id === 'coverage')!.lines.map((line) => line.en);
    expect(words(16)).toEqual(['red 0', 'orange 1', 'yellow 2', 'blue 3', 'Hatched: less than half is known']);
    expect(words(11)[0]).toBe('Share of buildings in red and orange');
  });

  it('gives the bands of risk different lightness, the same official colours in both themes', () => {
    for (const theme of ['light', 'dark'] as const) {
      const colours = (['red', 'orange', 'blue', 'yellow'] as const).map((band) => palette[theme][`risk_${band}`]);
      expect(colours).toEqual(['#b3261e', '#e67e22', '#7fb3d5', '#f2c94c']);
    }
    const light = ['#b3261e', '#e67e22', '#7fb3d5', '#f2c94c'].map((colour) => {
      const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    });
    expect(light.slice(1).every((value, i) => value - light[i]! > 0.06), light.join(' ')).toBe(true);
  });

  it('shows findings of access with the colouring by access alone, the worst from farthest out', () => {
    const words = (showing: Showing, zoom: number) =>
      legend(painted('light'), zoom, { ...everything, showing }).find(({ id }) => id === 'access')?.lines.map((line) => line.en);
    expect(words('circle', 16)).toBeUndefined();
    expect(words('access', 13)).toEqual(['Below should', 'Below must', 'Building older than the edition']);
    expect(words('access', 16)).toEqual(['Kept', 'Unknown', 'Below recommended', 'Below should', 'Below must', 'Building older than the edition']);
  });

  it('draws what fails first only while its list is open, at hydrants or at roads', () => {
    const words = (fails: 'hydrant' | 'road' | null) =>
      legend(painted('light'), 15, { ...everything, fails }).find(({ id }) => id === 'fragile')?.lines.map((line) => line.en);
    expect(words(null)).toBeUndefined();
    expect(words('hydrant')).toEqual(['Larger: more buildings lose water']);
    expect(words('road')).toEqual(['Wider: more buildings cut off']);
  });

  it('gives the bands of arrival different lightness in both themes', () => {
    for (const colours of [palette.light, palette.dark]) {
      const light = (['first', 'second', 'third', 'later'] as const).map((band) => {
        const [r, g, b] = [1, 3, 5].map((at) => parseInt(colours[`arrival_${band}`].slice(at, at + 2), 16) / 255);
        return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
      });
      const steps = light.slice(1).map((value, i) => value - light[i]!);
      expect(steps.every((step) => step > 0.04) || steps.every((step) => step < -0.04), light.join(' ')).toBe(true);
    }
  });

  it('says in the legend that something shows only nearer by', () => {
    const group = legend(painted('dark'), 8, everything).find((entry) => entry.id === 'hydrants')!;
    expect(group).toMatchObject({ lines: [], beyond: true, on: true });
  });
});
