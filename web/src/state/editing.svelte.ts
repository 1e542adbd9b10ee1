import { ApiError } from '../api/client';
import { EditError, edits, onceKey, type Entry, type Writing } from '../api/edits';
import type { Feature, Property } from '../api/types';
import { written, type Act } from './acts';
import { store } from './city.svelte';
import { selection } from './selection.svelte';
import type { Selection } from './link';

/** Where the token is kept: with this tab, and gone with it. */
const KEPT = 'firemap.token';
/** A second click that comes sooner is of a double click, not of a person who has read. */
const READ_MS = 350;
/** How long it is asked whether an edit has reached the map, where the server does not tell by itself. */
const LOOKS_MS = [150, 400, 1000, 2500];

/** An edit that a person has chosen and not yet confirmed, or that is on its way. */
export interface Step {
  feature: Feature;
  act: Act;
  properties: Record<string, Property>;
  /** The same request comes with the same key, so that one which went through is not done twice. */
  key: string;
  since: number;
}
/** An edit that was done; or, undone, what came of that. */
export interface Done { act: Act; feature: Feature; revision: number; undone: boolean; undoKey: string }

export const isOf = (step: { feature: Selection } | null, { layer, id }: Selection): boolean => step?.feature.layer === layer && step.feature.id === id;
const fault = (error: unknown): EditError =>
  error instanceof EditError ? error : error instanceof ApiError ? new EditError(error.status, error.code, error.message) : new EditError(0, 'viewer', String(error));

/** Edits from cards: chosen, confirmed, told, undone. Nothing is queued: what was not answered is not saved. */
class Editing {
  writing = $state.raw<Writing | null>(null);
  step = $state.raw<Step | null>(null);
  sending = $state(false);
  error = $state.raw<EditError | null>(null);
  /** Who made the feature what it is now, where it was not as expected. */
  other = $state.raw<Entry | null>(null);
  done = $state.raw<Done | null>(null);
  undoing = $state(false);
  undoError = $state.raw<EditError | null>(null);
  token = $state<string | null>(sessionStorage.getItem(KEPT));

  /** Whether cards offer edits at all. */
  get offered(): boolean {
    return this.writing !== null && (this.writing.may || this.writing.how === 'token');
  }
  /** Whether a token is needed that is not there. */
  get asksToken(): boolean {
    return this.writing?.how === 'token' && (!this.writing.may || this.token === null || this.error?.status === 401);
  }

  async load(): Promise<void> {
    const writing = await edits.writing(this.token).catch((error: unknown) => (error instanceof ApiError && error.status === 0 ? this.writing : null));
    this.writing = writing;
  }

  keepToken(token: string): void {
    this.token = token.trim() || null;
    if (this.token) sessionStorage.setItem(KEPT, this.token);
    else sessionStorage.removeItem(KEPT);
  }

  async forgetToken(): Promise<void> {
    this.keepToken('');
    await this.load();
  }

  /** The first click: says what will happen. */
  choose(feature: Feature, act: Act): void {
    if (this.sending) return;
    [this.error, this.other] = [null, null];
    const properties = written(feature.layer, act, feature.properties, new Date());
    this.step = { feature, act, properties, key: onceKey(), since: performance.now() };
  }

  cancel(): void {
    if (this.sending) return;
    [this.step, this.error, this.other] = [null, null, null];
  }

  /** The second: does it. */
  async confirm(): Promise<void> {
    const step = this.step;
    if (!step || this.sending || performance.now() - step.since < READ_MS) return;
    this.sending = true;
    this.error = null;
    try {
      const receipt = await edits.change(step.feature, step.properties, step.key, this.token);
      const revision = receipt.features.find(({ layer, id }) => isOf(step, { layer, id }))?.revision ?? receipt.revision;
      this.done = { act: step.act, feature: step.feature, revision: receipt.revision, undone: false, undoKey: onceKey() };
      this.undoError = null;
      this.step = null;
      this.#show({ ...step.feature, properties: { ...step.feature.properties, ...step.properties }, revision });
      void this.#follow(receipt.revision);
    } catch (error) {
      this.error = fault(error);
      if (this.error.status === 412) await this.#meet(step);
    }
    this.sending = false;
    // The token was taken, or not: what is offered follows.
    if (this.writing?.how === 'token' && this.error?.status !== 0) void this.load();
  }

  async undo(): Promise<void> {
    const done = this.done;
    if (!done || done.undone || this.undoing) return;
    this.undoing = true;
    this.undoError = null;
    try {
      const receipt = await edits.undo(done.revision, done.undoKey, this.token);
      const revision = receipt.features.find(({ layer, id }) => isOf(done, { layer, id }))?.revision ?? receipt.revision;
      this.done = { ...done, undone: true };
      this.#show({ ...done.feature, revision });
      void this.#follow(receipt.revision);
    } catch (error) {
      this.undoError = fault(error);
    }
    this.undoing = false;
  }

  /** Shows what the server has confirmed, before what follows from it is there. */
  #show(feature: Feature): void {
    if (isOf({ feature }, selection.of ?? { layer: '', id: 0 })) selection.feature = feature;
  }

  /** Somebody was first: shows what is there now, and who made it so. */
  async #meet(step: Step): Promise<void> {
    const now = this.error?.present.find(({ layer, id }) => isOf(step, { layer, id })) ?? null;
    if (now) {
      this.#show(now);
      // Another request, and so another key.
      this.step = { ...step, feature: now, key: onceKey() };
    }
    const { entries } = await edits.history(step.feature.layer, step.feature.id).catch(() => ({ entries: [] as Entry[] }));
    this.other = entries.reduce<Entry | null>((last, entry) => (last && last.revision > entry.revision ? last : entry), null);
  }

  async #follow(revision: number): Promise<void> {
    for (const wait of LOOKS_MS) {
      await new Promise((done) => setTimeout(done, wait));
      if ((store.city?.revision ?? 0) >= revision) return;
      await store.refresh();
    }
  }
}

export const editing = new Editing();
