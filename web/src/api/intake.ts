import type { Box, LngLat } from './types';
import { ApiError, language } from './client';

/** The import of the server's own machine, as /api/openapi.json describes it under `import`. */
export interface About { most_bytes: number; most_files: number; profiles: string[] }
export interface Said { code: string; message: string; count: number }
export interface System { typed: string; name: string; at: LngLat; distance_m: number | null }
/** What a file leaves open, with the answers that come into question; none where they are the field's codes, or anything. */
export interface Ask {
  about: 'crs' | 'encoding' | 'decimal' | 'unit' | 'word' | 'pair' | 'place' | 'header_row';
  field: string | null;
  column: string | null;
  example: string | null;
  count: number;
  choices: string[];
}
export interface Trouble { code: string; message: string; layers: string[]; systems: System[]; asks: Ask[] }
export interface ColumnTold {
  column: string;
  field: string | null;
  /** Whether the field takes it; else the field is only a proposal. */
  taken: boolean;
  why: string | null;
  unit: string;
  example: string | null;
  unread: number;
}
export interface FileTold {
  file: string;
  format: string;
  source: string;
  crs: { typed: string; name: string };
  layers: string[];
  columns: ColumnTold[];
  remarks: Said[];
  read: number;
  kept: number;
  rejected: Said[];
  ignored: Said[];
  asks: Ask[];
  /** The first keys that stand more than once. */
  repeated: { key: string; rows: number[] }[];
  repeated_in_all: number;
}
export type Shapes = GeoJSON.FeatureCollection & { bbox?: Box; seen?: number };
export interface Look { files: FileTold[]; trouble: Trouble | null; shapes: Shapes; waits: string | null; sheets: string[] }
export interface Report {
  files: FileTold[];
  counts: { layer: string; added: number; changed: number; unchanged: number; retired: number }[];
  passed_over: { file: string; message: string }[];
  /** What became different in rows that were there before, field by field. */
  changes: { layer: string; field: string; count: number; examples: [key: string, before: string, after: string][] }[];
  kept: number;
  rejected: number;
  revision: number;
  first_rejects: { columns: string[]; rows: string[][] } | null;
  /** What stays on the map though the files do not hold it; after a rehearsal, what would. */
  stays: { layer: string; source: string; count: number }[];
  profile: { kept: string | null; message: string | null } | null;
}
export interface Progress {
  state: 'waiting' | 'rehearsing' | 'importing' | 'rehearsed' | 'imported' | 'nothing_kept' | 'failed';
  file: string | null;
  nth: number;
  of: number;
  share: number;
  report: Report | null;
  trouble: Trouble | null;
}
export interface Wish {
  layer?: string;
  crs?: string;
  source?: string;
  key?: string;
  sheet?: string;
  encoding?: string;
  header_row?: number;
  decimal?: 'point' | 'comma';
  profile?: string;
  save_profile?: string;
  /** What the files no longer hold stays, goes unless that is most of it, or goes anyway. */
  replace: 'no' | 'rest' | 'all';
  /** Only what touches west,south,east,north. */
  box?: string;
  map: [field: string, column: string][];
  units: [field: string, unit: string][];
  words: [field: string, word: string, code: string][];
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`api/import${path}`, {
      method,
      headers: { accept: 'application/json', 'accept-language': language(), 'x-firemap-import': '1' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, 'unreachable', '');
  }
  const text = await response.text();
  if (response.ok) return (text ? JSON.parse(text) : undefined) as T;
  throw refused(response.status, text);
}

function refused(status: number, text: string): ApiError {
  try {
    const { code, message } = JSON.parse(text) as { code?: string; message?: string };
    return new ApiError(status, code ?? 'http', message ?? '');
  } catch {
    return new ApiError(status, 'http', '');
  }
}

/** Sends a file and tells how much of it has gone; `fetch` cannot. */
function send(id: string, file: File, gone: (bytes: number) => void, stop: AbortSignal): Promise<void> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open('PUT', `api/import/${id}/files/${encodeURIComponent(file.name)}`);
    request.setRequestHeader('accept-language', language());
    request.setRequestHeader('x-firemap-import', '1');
    request.upload.onprogress = (event) => gone(event.loaded);
    request.onerror = request.onabort = () => failed(new ApiError(0, 'unreachable', ''));
    request.onload = () => (request.status < 300 ? done() : failed(refused(request.status, request.responseText)));
    stop.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}

export const importing = {
  about: () => ask<About>('GET', ''),
  begin: () => ask<{ id: string }>('POST', ''),
  send,
  look: (id: string, wish: Wish) => ask<Look>('POST', `/${id}/look`, wish),
  run: (id: string, wish: Wish) => ask<void>('POST', `/${id}/run`, wish),
  progress: (id: string) => ask<Progress>('GET', `/${id}`),
  shapes: (id: string) => ask<Shapes>('GET', `/${id}/shapes`),
  stop: (id: string) => ask<void>('POST', `/${id}/stop`),
  forget: (id: string) => ask<void>('DELETE', `/${id}`),
  rejects: (id: string): string => `api/import/${id}/rejects.csv`,
};
