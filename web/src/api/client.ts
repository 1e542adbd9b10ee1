import type { AreaTable, Box, BuildingCoverage, City, Feature, FeaturePage, Hit, Model, RulePack } from './types';

/** A request that did not end well: `status` 0 means that no server answered. */
export class ApiError extends Error {
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}

/** The language that messages of the server shall have. */
let spoken = 'zh';
export function speak(lang: string): void {
  spoken = lang;
}
export const language = (): string => spoken;

/** Asks the server for an answer in JSON. */
export async function get<T>(path: string, signal?: AbortSignal, more: Record<string, string> = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { signal, headers: { accept: 'application/json', 'accept-language': spoken, ...more } });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'unreachable', '');
  }
  if (response.ok) return (await response.json()) as T;
  const body = (await response.json().catch(() => ({}))) as { code?: string; message?: string };
  throw new ApiError(response.status, body.code ?? 'http', body.message ?? response.statusText);
}

/** The query of an address; what is undefined is left out. */
export const query = (values: Record<string, string | number | undefined>): string =>
  new URLSearchParams(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  ).toString();

export const api = {
  city: (signal?: AbortSignal) => get<City>('api/city', signal),
  model: () => get<Model>('api/model'),
  rules: () => get<RulePack>('api/rules'),
  feature: (layer: string, id: number, signal?: AbortSignal) => get<Feature>(`api/features/${layer}/${id}`, signal),
  features: (layer: string, page: { bbox?: Box; limit?: number; after?: number }, signal?: AbortSignal) =>
    get<FeaturePage>(
      `api/features/${layer}?${query({ bbox: page.bbox?.join(','), limit: page.limit, after: page.after })}`,
      signal,
    ),
  building: (id: number, signal?: AbortSignal) => get<BuildingCoverage>(`api/coverage/building/${id}`, signal),
  areas: (level: string, signal?: AbortSignal) => get<AreaTable>(`api/coverage/areas?${query({ level })}`, signal),
  search: (q: string, signal?: AbortSignal) => get<{ results: Hit[] }>(`api/search?${query({ q, limit: 20 })}`, signal),
  style: (theme: string, lang: string) => get<Record<string, unknown>>(`style.json?${query({ theme, lang })}`),
};
