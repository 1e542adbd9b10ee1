import { read, write, type Camera, type Column, type Desk, type Failing, type Lang, type Level, type Link, type Selection, type Showing, type Theme } from './link';
import type { Grade, LngLat } from '../api/types';

const dark = window.matchMedia('(prefers-color-scheme: dark)');
const phone = window.matchMedia('(max-width: 767px)');

/** What the person sees: everything in here is in the link, but for what follows the pointer. */
class View {
  camera = $state.raw<Camera | null>(null);
  desk = $state<Desk>('plan');
  grade = $state<Grade>('nominal');
  showing = $state<Showing>('circle');
  lang = $state<Lang>('zh');
  chosenTheme = $state<Theme | null>(null);
  selected = $state.raw<Selection | null>(null);
  /** Where an alarm comes from, if that is a place rather than a feature. */
  alarm = $state.raw<LngLat | null>(null);
  off = $state.raw<string[]>([]);
  level = $state<Level | null>(null);
  sort = $state<Column>('share');
  down = $state(false);
  raised = $state(false);
  fails = $state<Failing | null>(null);
  wall = $state(false);

  /** Line from the selected building to a hydrant under the pointer. */
  towards = $state.raw<LngLat | null>(null);
  panel = $state(true);
  narrow = $state(phone.matches);
  #systemDark = $state(dark.matches);
  /** A sheet is being printed: paper is light. A wall is dark unless someone chose otherwise. */
  onPaper = $state(false);
  theme = $derived<Theme>(this.onPaper ? 'light' : (this.chosenTheme ?? (this.#systemDark || this.wall ? 'dark' : 'light')));

  constructor() {
    this.#take(read(location.hash));
    dark.addEventListener('change', () => (this.#systemDark = dark.matches));
    phone.addEventListener('change', () => (this.narrow = phone.matches));
    window.addEventListener('popstate', () => this.#take(read(location.hash)));
  }

  get link(): Link {
    const { camera, desk, grade, showing, lang, selected, alarm, off, level, sort, down, raised, fails, wall } = this;
    return { camera, desk, grade, showing, lang, theme: this.chosenTheme, selected, alarm, off, level, sort, down, raised, fails, wall };
  }

  select(selected: Selection | null): void {
    this.towards = null;
    this.alarm = null;
    if (selected?.layer === this.selected?.layer && selected?.id === this.selected?.id) return;
    this.selected = selected;
  }

  /** Asks what a place of the map has, as if an alarm came from there. */
  alarmAt(at: LngLat): void {
    this.select(null);
    this.alarm = at;
  }

  /** Whether a card is open. */
  get carded(): boolean {
    return this.selected !== null || this.alarm !== null;
  }

  open(desk: Desk): void {
    this.panel = this.desk === desk ? !this.panel : true;
    this.desk = desk;
  }

  toggle(group: string): void {
    this.off = this.off.includes(group) ? this.off.filter((name) => name !== group) : [...this.off, group];
  }

  /** Keeps the address in step: a new desk or selection is a step that Back undoes, a moved map is not. */
  keepAddress(): void {
    const before = read(location.hash);
    const next = write(this.link);
    if (next === location.hash) return;
    const step =
      before.desk !== this.desk ||
      before.alarm?.join() !== read(next).alarm?.join() ||
      before.selected?.id !== this.selected?.id ||
      before.selected?.layer !== this.selected?.layer;
    const address = next || location.pathname + location.search;
    if (step && location.hash) history.pushState(null, '', address);
    else history.replaceState(null, '', address);
  }

  #take(link: Link): void {
    this.camera = link.camera;
    this.desk = link.desk;
    this.grade = link.grade;
    this.showing = link.showing;
    this.lang = link.lang;
    this.chosenTheme = link.theme;
    this.selected = link.selected;
    this.alarm = link.alarm;
    this.off = link.off;
    this.level = link.level;
    this.sort = link.sort;
    this.down = link.down;
    this.raised = link.raised;
    this.fails = link.fails;
    this.wall = link.wall;
  }
}

export const view = new View();
