import { asNumber, asRecord, asRecords, asText, asTexts } from '../facts/json.ts';

/** What bonding-server.run brings, or has brought. */
export interface Manifest {
  version: string;
  files: ManifestFile[];
  /** Folders that the installation made. */
  folders: string[];
}

/** One file: its path on the machine, mode, and SHA-256 in hex. */
export interface ManifestFile {
  path: string;
  mode: number;
  sha256: string;
}

/** Where the installation notes what it has brought. */
export const INSTALLED_FILE = '/usr/lib/bonding/installed.json';

/** Where files of ours may be: a damaged manifest must not remove anything else. */
const OURS =
  /^\/usr\/(lib\/bonding|share\/bonding\/page)\/[\w./-]+$|^\/usr\/bin\/bonding$|^\/etc\/systemd\/system\/bonding@\.service$/;

/** Reads a manifest's text; null for what is none. Files at places that are not ours are left out. */
export function readManifest(text: string | null): Manifest | null {
  const value = parse(text);
  const version = asText(value?.version);
  if (value === null || version === null) return null;
  return {
    version,
    files: asRecords(value.files).flatMap(readFile),
    folders: asTexts(value.folders).filter((path) => /^\/[\w./@-]+$/.test(path)),
  };
}

function readFile(entry: Record<string, unknown>): ManifestFile[] {
  const { path, mode, sha256 } = entry;
  const name = asText(path);
  if (name === null || !OURS.test(name) || name.includes('..')) return [];
  return [{ path: name, mode: (asNumber(mode) ?? 0o644) & 0o777, sha256: asText(sha256) ?? '' }];
}

function parse(text: string | null): Record<string, unknown> | null {
  try {
    return asRecord(JSON.parse(text ?? ''));
  } catch {
    return null;
  }
}
