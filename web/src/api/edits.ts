/** Edits of single features and their past, as the server's API tells them. */
import { ApiError, get, language } from './client';
import type { Feature, Property } from './types';

/** Whether this client may write as it asks now, and by what: on the server's machine, by a token, not at all. */
export interface Writing { may: boolean; how: 'here' | 'token' | 'off' }
export interface Receipt { revision: number; features: { layer: string; id: number; revision: number }[] }

/** An edit that was not done. `present` are features as they are now, where they are not what was expected; those that are gone are not among them. */
export class EditError extends ApiError {
  constructor(status: number, code: string, message: string, readonly present: Feature[] = [], readonly retryAfter: number | null = null) {
    super(status, code, message);
  }
}

interface Refused { code?: string; message?: string; error?: { code?: string; message?: string }; present?: (Feature | { layer: string; id: number; gone: true })[] }

async function send(method: string, path: string, token: string | null, headers: Record<string, string>, body: unknown): Promise<Receipt> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        accept: 'application/json',
        'accept-language': language(),
        'content-type': 'application/json',
        'x-firemap-edit': '1',
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...headers,
      },
      body: JSON.stringify(body),
    });
  } catch {
    throw new EditError(0, 'unreachable', '');
  }
  if (response.ok) return (await response.json()) as Receipt;
  const told = (await response.json().catch(() => ({}))) as Refused;
  const { code = 'http', message = response.statusText } = told.error ?? told;
  const after = Number(response.headers.get('retry-after') ?? NaN);
  throw new EditError(response.status, code, message, (told.present ?? []).filter((one): one is Feature => !('gone' in one)), Number.isFinite(after) ? after : null);
}

/** A key by which the server knows the same request again. Not `randomUUID`: that is missing where a page came without TLS. */
export const onceKey = (): string => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** An entry of the change log about a feature. */
export interface Entry {
  revision: number;
  time: string;
  /** A name, or `external` of another program. */
  actor: string;
  /** A `gap`: up to here the log has missed what was done to the layer. */
  what: 'added' | 'changed' | 'retired' | 'gap';
  /** The public fields that changed. */
  fields: { field: string; from: Property; to: Property }[];
  geometry_changed: boolean | null;
}

export const edits = {
  writing: (token: string | null) =>
    get<Writing>('api/writing', undefined, token ? { authorization: `Bearer ${token}` } : {}),
  /** Changes fields of a feature that is still as its `revision` says. */
  change: ({ layer, id, revision }: Feature, properties: Record<string, Property>, key: string, token: string | null) =>
    send('PATCH', `api/features/${layer}/${id}`, token, { 'idempotency-key': key, ...(revision === undefined ? {} : { 'if-match': `"${revision}"` }) }, { properties }),
  undo: (revision: number, key: string, token: string | null) => send('POST', 'api/edits/undo', token, { 'idempotency-key': key }, { revision }),
  history: (layer: string, id: number, signal?: AbortSignal) => get<{ entries: Entry[] }>(`api/features/${layer}/${id}/history`, signal),
};
