import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { identityPaths } from '../effects/identity.ts';
import type { NewFile } from '../effects/join-files.ts';
import { belongTogether } from '../effects/keys.ts';
import { readText } from '../effects/text-file.ts';
import { problem } from '../errors.ts';
import type { JoinCode, OfflineCode } from '../join/code.ts';
import type { Settings } from '../join/settings.ts';
import { pem } from '../openvpn/der.ts';
import { type Found, fault, type JoinOptions } from './join-found.ts';

/** What is kept of a file that joining replaces. */
const BEFORE = '.before-join';

/** The new configuration, and the old one under another name. */
export function configFiles(found: Found, wanted: string, options: JoinOptions): NewFile[] {
  const { configPath, keyFolder } = options;
  const old = { path: join(keyFolder, `config${BEFORE}`), mode: null };
  return [
    ...(found.text === null ? [] : [{ ...old, text: found.text }]),
    { path: configPath, text: wanted, mode: 0o600 },
  ];
}

/** The tls-crypt key, and from an offline code the identity that the server knows. */
export function keyFiles(
  code: JoinCode,
  { tlsCrypt }: Settings,
  { keyFolder }: JoinOptions,
): NewFile[] {
  const paths = identityPaths(keyFolder);
  const own = code.kind === 'online' ? null : identityIn(code);
  const wanted: [string, string | null][] = [
    [join(keyFolder, 'tls-crypt.key'), tlsCrypt],
    [paths.key, own?.keyPem ?? null],
    [paths.certificate, own?.certPem ?? null],
  ];
  return wanted.flatMap(([path, text]): NewFile[] => {
    const old = readText(path);
    if (text === null || text === old) return [];
    const kept = old === null ? [] : [{ path: `${path}${BEFORE}`, text: old, mode: null }];
    return [...kept, { path, text, mode: null }];
  });
}

function identityIn({ certificate, key }: OfflineCode): { certPem: string; keyPem: string } {
  const found = { certPem: pem('CERTIFICATE', certificate), keyPem: pem('PRIVATE KEY', key) };
  if (belongTogether(found)) return found;
  const said = 'its certificate and its key do not belong together';
  throw fault(problem('join-code', 'join', { reason: said }));
}

/** Which files those are. */
export function fileNotes(files: readonly NewFile[]): string[] {
  return files.length === 0
    ? []
    : [`files that are written: ${files.map(({ path }) => path).join(', ')}`];
}

/** What the diff does not show. */
export function configNotes(found: Found, diff: string, options: JoinOptions): string[] {
  const {
    configPath,
    pendingPath = '/tmp/.uci/bonding',
    sessionsFolder = '/var/run/rpcd',
  } = options;
  const notes: string[] = [];
  const bond = found.pkg.sections.find(({ type, name }) => type === 'interface' && name === 'bond');
  if (bond?.options.role === 'server') notes.push('until now this end was a server');
  if (diff !== '' && /^\s*#/m.test(found.text ?? '')) {
    notes.push(`comments in ${configPath} are not kept, as with uci commit`);
  }
  if (hasText(pendingPath)) {
    notes.push(
      'there are changes of bonding that are not saved yet, and they would come on top; see: uci changes bonding, drop them: uci revert bonding',
    );
  }
  if (sessionPaths(sessionsFolder).some(hasText)) {
    notes.push(
      'there are changes of bonding in LuCI that are not applied yet, and they would come on top; drop them there, under Unsaved Changes, unless you want them',
    );
  }
  return notes;
}

function hasText(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** rpcd keeps what a session has saved and not applied in a folder of its own (rpcd, uci.c). */
function sessionPaths(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const sessions = readdirSync(folder).filter((name) => name.startsWith('uci-'));
  return sessions.map((name) => join(folder, name, 'bonding'));
}
