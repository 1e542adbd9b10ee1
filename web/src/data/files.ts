import type { About } from '../api/intake';
import { t } from '../words';

/** Why files cannot be taken, before they are sent; null where they can. */
export function beyond(files: readonly File[], about: About): string | null {
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  const mb = (size: number): number => Math.ceil(size / 2 ** 20);
  if (bytes > about.most_bytes) return t('data.too_large', { size: mb(bytes), mb: mb(about.most_bytes) });
  if (files.length > about.most_files) return t('data.too_many', { n: files.length, most: about.most_files });
  return null;
}

/** Files that were dropped, those in folders too; a few more than may be, so that too many are told. */
export async function dropped(transfer: DataTransfer, most = 1000): Promise<File[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const plain = [...transfer.files];
  if (!entries.some((entry) => entry?.isDirectory)) return plain;
  const files: File[] = [];
  const waiting = entries.filter((entry) => entry !== null);
  for (let entry = waiting.shift(); entry && files.length < most; entry = waiting.shift()) {
    if (entry.isFile) {
      const file = await new Promise<File | null>((done) => (entry as FileSystemFileEntry).file(done, () => done(null)));
      if (file && !file.name.startsWith('.')) files.push(file);
    } else {
      const reader = (entry as FileSystemDirectoryEntry).createReader();
      for (;;) {
        const more = await new Promise<FileSystemEntry[]>((done) => reader.readEntries(done, () => done([])));
        if (!more.length || waiting.length > most) break;
        waiting.push(...more);
      }
    }
  }
  return files;
}
