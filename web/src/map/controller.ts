import maplibregl, {
  type GeoJSONSource,
  type LngLatBoundsLike,
  type MapGeoJSONFeature,
  type PointLike,
  type StyleSpecification,
} from 'maplibre-gl';
import type { Tile } from '../api/live';
import type { Box, LngLat } from '../api/types';
import type { Camera, Selection } from '../state/link';
import { refreshTiles, type Owed } from './refresh';
import { coloured, isShown, prepare, sums, type Shown } from './style';

/** What is drawn over the map for the selection. `role` is what the layers `selection-…` of the style ask for. */
export interface Mark {
  role:
    | 'fresh' | 'outline' | 'area' | 'point' | 'radius' | 'link' | 'text' | 'here' | 'pick' | 'reach-area' | 'reach-line'
    | 'way-hose' | 'way-micro' | 'way-engine' | 'way-foot' | 'way-end' | 'way-text';
  geometry: { type: string; coordinates: unknown };
  text?: string;
  /** Its place among its like, from 1. */
  nth?: number;
  /** Whose way it is of. */
  of?: 'hose' | 'micro' | 'engine';
}
export interface Edges { top: number; right: number; bottom: number; left: number }

/** Layers that a click may select, nearest to the eye first. */
const CLICKABLE = [
  'access-below_must', 'access-below_should', 'access-below_practice', 'access-unknown', 'access-kept',
  'danger', 'danger-closed', 'incident', 'station', 'hydrant', 'connection', 'sensor', 'place', 'lane', 'lane-obstructed', 'ladder-field',
  'fragile-road',
];
/** Source layers whose features carry the number of a feature of another layer, which they name. */
const ABOUT = ['access', 'fragile_road'];
const RAISED = ['building-raised', 'building-raised-unknown', 'building-estimated', 'building-estimated-unknown'];
const GROUND = [...RAISED, 'ground-raised', 'ground-raised-unknown', 'ground-estimated', 'ground-estimated-unknown', 'building-covered', 'building-unknown', 'building-not-assessed', 'building'];
/** How long a finger is held still to ask for a place. */
const LONG_PRESS_MS = 550;
/** How far the map leans back where buildings stand up, in degrees. */
const LEAN = 50;

/** How long what has just changed is marked, and how many places of it. */
const FRESH_MS = 6_000;
const MOST_FRESH = 200;

export interface Events {
  click(found: Selection | null, at: LngLat): void;
  /** A right click or a long press. */
  pressed(at: LngLat): void;
  moved(camera: Camera): void;
  idle(): void;
}

/** How far a view must move so that the span from `a` to `b` lies between two limits, or its middle if it is too long. */
export function into(a: number, b: number, low: number, high: number): number {
  if (b - a > high - low) a = b = (a + b) / 2;
  return a < low ? a - low : b > high ? b - Math.max(low, high) : 0;
}

/** The one place that speaks to MapLibre. */
export class MapController {
  readonly map: maplibregl.Map;
  /** The next click means a place, not what lies there. */
  aiming = false;
  /** A finger was held for long: lifting it is no click. */
  #held = false;
  #style: StyleSpecification | undefined;
  #marks: Mark[] = [];
  #fresh: LngLat[] = [];
  #fading: ReturnType<typeof setTimeout> | undefined;
  #gone: ReturnType<typeof setTimeout> | undefined;
  /** Tiles that were on their way when they became different: asked for again when the map rests. */
  #owed: Owed[] = [];
  #preview: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] };
  #ranks = new Map<number, number | null>();

  constructor(container: HTMLElement, camera: Camera | null, bounds: Box | null, edges: Edges, events: Events) {
    this.map = new maplibregl.Map({
      container,
      style: { version: 8, sources: {}, layers: [] },
      ...(camera ? { center: [camera.lng, camera.lat], zoom: camera.zoom } : {}),
      ...(!camera && bounds ? { bounds: bounds as LngLatBoundsLike, fitBoundsOptions: { padding: edges, maxZoom: 16 } } : {}),
      attributionControl: false,
      maxZoom: 20,
      maxPitch: 0,
      dragRotate: false,
      pitchWithRotate: false,
      rollEnabled: false,
      fadeDuration: 120,
      refreshExpiredTiles: false,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.on('click', (event) => this.#held || events.click(this.#at(event.point, event.originalEvent), event.lngLat.toArray()));
    this.map.on('contextmenu', (event) => events.pressed(event.lngLat.toArray()));
    this.#press(events);
    this.map.on('mousemove', (event) => {
      if (event.originalEvent.buttons) return;
      this.map.getCanvas().style.cursor = this.aiming ? 'crosshair' : this.#hits(event.point, 4).length ? 'pointer' : '';
    });
    this.map.on('moveend', () => events.moved(this.camera));
    this.map.on('idle', () => {
      for (const { source, tile } of this.#owed.splice(0)) this.refresh({ [source]: [tile] });
      events.idle();
    });
    this.map.on('style.load', () => this.#rank());
  }

  get camera(): Camera {
    const { lng, lat } = this.map.getCenter();
    return { zoom: this.map.getZoom(), lat, lng };
  }

  setStyle(style: StyleSpecification, shown: Shown, state: { grade: string; level: string }): void {
    this.#style = style;
    const next = prepare(style, shown, state);
    next.sources = {
      ...next.sources,
      selection: { type: 'geojson', data: this.#drawn() },
      preview: { type: 'geojson', data: this.#preview },
    };
    this.map.setStyle(next, { diff: true });
  }

  show(shown: Shown): void {
    this.setState('coverage', coloured(shown));
    this.setState('showing', shown.showing);
    for (const layer of this.#style?.layers ?? []) {
      if (layer.type === 'background' || !this.map.getLayer(layer.id)) continue;
      const visibility = isShown(layer, shown) ? 'visible' : 'none';
      if (this.map.getLayoutProperty(layer.id, 'visibility') !== visibility) {
        this.map.setLayoutProperty(layer.id, 'visibility', visibility);
      }
    }
  }

  /** Leans the map back, or sets it upright; a person who wants little motion sees it at once. */
  lean(leaning: boolean): void {
    const pitch = leaning ? LEAN : 0;
    if (this.map.getPitch() === pitch) return;
    this.map.setMaxPitch(LEAN);
    this.map.easeTo({ pitch, duration: 500 });
  }

  setState(name: 'grade' | 'level' | 'coverage' | 'showing', value: string): void {
    if (this.#style && this.map.getGlobalState()[name] !== value) this.map.setGlobalStateProperty(name, value);
  }

  /** Layers of sums that show something here, for tiles too dense to show it one by one. */
  dense(): string[] {
    const layers = this.#style && this.map.getZoom() >= 14 ? sums(this.#style).map(({ id }) => id) : [];
    const there = layers.filter((id) => this.map.getLayer(id));
    const drawn = there.length ? this.map.queryRenderedFeatures({ layers: there }) : [];
    return [...new Set(drawn.map((feature) => feature.layer.id))];
  }

  /** Asks again for the tiles listed, or for every one; what is drawn stays until the new one is there. */
  refresh(tiles?: Record<string, Tile[] | 'all'>): void {
    for (const [name, source] of Object.entries(this.#style?.sources ?? {})) {
      if (source.type !== 'vector' || !this.map.getSource(name)) continue;
      const listed = tiles ? (tiles[name] ?? []) : 'all';
      if (listed === 'all') this.map.refreshTiles(name);
      else if (listed.length) this.#owed.push(...refreshTiles(this.map, name, listed));
    }
  }

  /** Marks places that have just changed, for a moment: a ring that fades, or goes where little motion is wanted. */
  flash(places: readonly LngLat[]): void {
    if (!places.length) return;
    clearTimeout(this.#fading);
    this.#fresh = [...this.#fresh, ...places].slice(-MOST_FRESH);
    this.#draw();
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const fade = (opacity: number, duration: number): void => {
      if (!this.map.getLayer('fresh')) return;
      this.map.setPaintProperty('fresh', 'circle-stroke-opacity-transition', { duration, delay: 0 });
      this.map.setPaintProperty('fresh', 'circle-stroke-opacity', opacity);
    };
    fade(1, 0);
    if (!still) this.#fading = setTimeout(() => fade(0, FRESH_MS * 0.7), FRESH_MS * 0.3);
    clearTimeout(this.#gone);
    this.#gone = setTimeout(() => {
      this.#fresh = [];
      this.#draw();
    }, FRESH_MS);
  }

  mark(marks: Mark[]): void {
    this.#marks = marks;
    this.#draw();
  }

  #drawn(): GeoJSON.FeatureCollection {
    const fresh = this.#fresh.map((at): Mark => ({ role: 'fresh', geometry: { type: 'Point', coordinates: at } }));
    return {
      type: 'FeatureCollection',
      features: [...fresh, ...this.#marks].map(({ role, geometry, ...rest }) => ({
        type: 'Feature',
        geometry: geometry as GeoJSON.Geometry,
        properties: { role, ...rest },
      })),
    };
  }

  #draw(): void {
    (this.map.getSource('selection') as GeoJSONSource | undefined)?.setData(this.#drawn());
  }

  /** Draws what files hold before they are imported. */
  preview(shapes: GeoJSON.FeatureCollection): void {
    this.#preview = shapes;
    (this.map.getSource('preview') as GeoJSONSource | undefined)?.setData(shapes);
  }

  /** Colours areas by a figure from 0 to 1; null where there is nothing to divide by. */
  rank(values: Map<number, number | null>): void {
    this.#ranks = values;
    this.#rank();
  }

  fly(box: Box, edges: Edges, nearest = 17.5): void {
    this.map.fitBounds(box as LngLatBoundsLike, { padding: edges, maxZoom: nearest, duration: 900 });
  }

  flyTo(at: LngLat, edges: Edges, zoom = 17.5): void {
    this.fly([...at, ...at], edges, Math.max(zoom, Math.min(this.map.getZoom(), 18.5)));
  }

  /** What the map shows, all of it where it is turned. */
  view(): Box {
    const seen = this.map.getBounds();
    return [seen.getWest(), seen.getSouth(), seen.getEast(), seen.getNorth()];
  }

  /** Whether a box lies in the map's view, all of it. */
  shows(box: Box | null): boolean {
    const seen = this.map.getBounds();
    return box !== null && seen.contains([box[0], box[1]]) && seen.contains([box[2], box[3]]);
  }

  /** Moves the map no more than needed to bring a box out from under the panels, its middle if it is too large. */
  reveal([west, south, east, north]: Box, edges: Edges): void {
    const { x: left, y: top } = this.map.project([west, north]);
    const { x: right, y: bottom } = this.map.project([east, south]);
    const { clientWidth: width, clientHeight: height } = this.map.getContainer();
    const by: [number, number] = [into(left, right, edges.left, width - edges.right), into(top, bottom, edges.top, height - edges.bottom)];
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    const inSight = x > -width && x < 2 * width && y > -height && y < 2 * height;
    if (inSight && (by[0] || by[1]) && !this.map.isMoving()) this.map.panBy(by, { duration: 300 });
  }

  jump(camera: Camera): void {
    this.map.jumpTo({ center: [camera.lng, camera.lat], zoom: camera.zoom });
  }

  /** A finger held still for long asks for a place: browsers of some phones tell no context menu. */
  #press(events: Events): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = (): void => clearTimeout(timer);
    this.map.on('touchstart', (event) => {
      stop();
      this.#held = false;
      if (event.points.length > 1) return;
      const at = event.lngLat.toArray();
      timer = setTimeout(() => {
        this.#held = true;
        events.pressed(at);
      }, LONG_PRESS_MS);
    });
    for (const end of ['touchend', 'touchcancel', 'movestart'] as const) this.map.on(end, stop);
  }

  #rank(): void {
    if (!this.map.getSource('areas')) return;
    this.map.removeFeatureState({ source: 'areas', sourceLayer: 'area' });
    for (const [id, value] of this.#ranks) {
      this.map.setFeatureState({ source: 'areas', sourceLayer: 'area', id }, { value });
    }
  }

  #hits({ x, y }: { x: number; y: number }, reach: number): MapGeoJSONFeature[] {
    const drawn = (ids: string[]) => ids.filter((id) => this.map.getLayer(id));
    const box: [PointLike, PointLike] = [[x - reach, y - reach], [x + reach, y + reach]];
    const near = this.map.queryRenderedFeatures(box, { layers: drawn(CLICKABLE) });
    if (near.length) {
      return near.sort((a, b) => CLICKABLE.indexOf(a.layer.id) - CLICKABLE.indexOf(b.layer.id));
    }
    return this.map.queryRenderedFeatures([x, y], { layers: drawn(GROUND) });
  }

  /** What a click means: a facility within a finger's breadth, else the building, else far out the area. */
  #at(point: { x: number; y: number }, event: Event): Selection | null {
    const touch = 'pointerType' in event && event.pointerType === 'touch';
    let hit: MapGeoJSONFeature | undefined = this.#hits(point, touch ? 14 : 5)[0];
    const areaCounts = this.map.getZoom() < 14 || this.map.getLayoutProperty('area-rank', 'visibility') === 'visible';
    if (!hit && areaCounts && this.map.getLayer('area-hit')) {
      hit = this.map.queryRenderedFeatures([point.x, point.y], { layers: ['area-hit'] })[0];
    }
    if (!hit?.sourceLayer || typeof hit.id !== 'number') return null;
    // A finding, and a road that fails, say which layer they are about.
    const of: unknown = hit.properties['layer'];
    const about = ABOUT.includes(hit.sourceLayer) && typeof of === 'string';
    return { layer: about ? of : hit.sourceLayer, id: hit.id };
  }
}
