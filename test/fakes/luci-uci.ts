import type { UciPackage } from '../../backend/src/uci/types.ts';
import type { LuciUci, UciSectionData, Value } from '../../luci-ui/src/settings/luci.ts';

type Stored = Record<string, string | string[]>;

interface Section {
  type: string;
  name: string;
  anonymous: boolean;
  options: Stored;
}

/** LuCI's class `uci` over one file, and what a save would send to rpcd. */
export interface FakeUci extends LuciUci {
  /** `[section, option, value]`, null for gone; `[section, null, type]` for a new section. */
  changes(): [string, string | null, Value][];
  /** The file as it would be. */
  file(): UciPackage;
  remove(config: string, section: string): void;
}

/** Answers for the configuration `bonding` only, and throws on any other. */
export function fakeUci(pkg: UciPackage): FakeUci {
  const before = copy(pkg);
  const now: Section[] = copy(pkg).sections;
  const find = (config: string, name: string): Section | undefined => {
    if (config !== 'bonding') throw new Error(`configuration ${config}`);
    return now.find((one) => one.name === name);
  };
  const data = (one: Section): UciSectionData => ({
    ...structuredClone(one.options),
    '.name': one.name,
    '.type': one.type,
    '.anonymous': one.anonymous,
  });
  function get(config: string, name: string): UciSectionData | null;
  function get(config: string, name: string, option: string): Value | undefined;
  function get(config: string, name: string, option?: string) {
    const section = find(config, name);
    if (option === undefined) return section === undefined ? null : data(section);
    return section?.options[option];
  }
  return {
    load: async () => undefined,
    get,
    set(config, name, option, value) {
      const section = find(config, name);
      if (section !== undefined) section.options[option] = value;
    },
    unset(config, name, option) {
      delete find(config, name)?.options[option];
    },
    add(config, type, name) {
      find(config, '');
      const made = name ?? `new${now.length}`;
      now.push({ type, name: made, anonymous: name === undefined, options: {} });
      return made;
    },
    remove(config, name) {
      const section = find(config, name);
      if (section !== undefined) now.splice(now.indexOf(section), 1);
    },
    sections(config, type) {
      find(config, '');
      return now.filter((one) => type === undefined || one.type === type).map(data);
    },
    changes: () => now.flatMap((one) => changesOf(before, one)),
    file: () => copy({ sections: now }),
  };
}

function changesOf(before: UciPackage, now: Section): [string, string | null, Value][] {
  const old = before.sections.find(({ name }) => name === now.name);
  const added: [string, null, Value][] = old === undefined ? [[now.name, null, now.type]] : [];
  const names = new Set([...Object.keys(old?.options ?? {}), ...Object.keys(now.options)]);
  const changed = [...names].filter(
    (name) => JSON.stringify(old?.options[name]) !== JSON.stringify(now.options[name]),
  );
  return [
    ...added,
    ...changed.map((name): [string, string, Value] => [now.name, name, now.options[name] ?? null]),
  ];
}

function copy(pkg: UciPackage): UciPackage {
  return structuredClone(pkg);
}
