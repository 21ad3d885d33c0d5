import type {
  FormMap,
  FormOption,
  FormSection,
  SettingsLuci,
  Value,
} from '../../luci-ui/src/settings/luci.ts';
import {
  type FakeClass,
  type FakeOption,
  type FakeSection,
  fakeNode,
  fakeOption,
  fakeSection,
  type Kind,
  sectionMethods,
  textOfNode,
  widgetValue,
  wrongText,
} from './luci-fields.ts';
import type { FakeUci } from './luci-uci.ts';

/**
 * LuCI's form without a page: what its classes do with values (loading, dependencies, what each
 * widget makes of a value, parsing), from reading form.js, ui.js and widgets.js, and checked by hand
 * against the real one. Strict: a property that LuCI's classes do not have throws.
 */

/** The map; `fill` types into a field, `open` makes a row's dialogue. */
export interface FakeMap extends FormMap {
  children: FakeSection[];
  /** What a field would give now. */
  typed(field: FakeOption, id: string): Value;
  /** `section` is UCI's name. Throws when the field is not to be seen. */
  fill(section: string, option: string, value: string | string[]): void;
  visible(section: string, option: string): boolean;
  open(section: string): Promise<FakeMap>;
}

/** LuCI for one test: the form's classes, its notices, netifd's interfaces. */
export interface FakeLuci {
  luci: SettingsLuci;
  maps: FakeMap[];
  notices: string[];
}

/** `interfaces`: what netifd has; `check`: the daemon's answer, or null for no daemon. */
export function fakeLuci(
  uci: FakeUci,
  { interfaces = ['lan', 'wan'], check = null as unknown } = {},
): FakeLuci {
  const maps: FakeMap[] = [];
  const notices: string[] = [];
  const network = (name: string) => ({ getName: () => name });
  const load: FormOption['load'] = function (this: FormOption, section) {
    return uci.get('bonding', section, this.option);
  };
  const loadNetworks = async function (this: FormOption, section: string) {
    this.networks = interfaces.map(network);
    return load.call(this, section);
  };
  const optionClass = (kind: Kind): FakeClass<FormOption> => {
    const prototype = { load: kind === 'NetworkSelect' ? loadNetworks : load };
    return { kind, prototype: prototype as Partial<FormOption> as FormOption };
  };
  const MapClass = class {
    constructor(config: string, title: string, text: string) {
      if (config !== 'bonding') throw new Error(config);
      if (title === '' || text === '') throw new Error('a map without texts');
      const made = fakeMap(uci, null);
      maps.push(made);
      // biome-ignore lint/correctness/noConstructorReturn: LuCI's classes are no classes of ours.
      return made;
    }
  };
  const options = (
    ['Value', 'ListValue', 'DynamicList', 'MultiValue', 'Flag', 'DummyValue', 'Button'] as const
  ).map((kind) => [kind, optionClass(kind)] as const);
  const sections = (['NamedSection', 'TypedSection', 'GridSection'] as const).map(
    (kind) => [kind, { kind, prototype: sectionMethods(uci) }] as const,
  );
  const luci = {
    form: { Map: MapClass, ...Object.fromEntries(options), ...Object.fromEntries(sections) },
    uci,
    rpc: {
      declare: () => () =>
        check === null ? Promise.reject(new Error('no daemon')) : Promise.resolve(check),
    },
    ui: {
      addNotification: (_title: null, node: unknown) => notices.push(textOfNode(node)),
    },
    network: { instantiateNetwork: network },
    widgets: { NetworkSelect: optionClass('NetworkSelect') },
    E: fakeNode,
  };
  return { luci: luci as unknown as SettingsLuci, maps, notices };
}

function fakeMap(uci: FakeUci, parent: FakeMap | null): FakeMap {
  const typed = new Map<string, string | string[]>();
  const shown = new Set<FakeSection>();
  const children: FakeSection[] = [];

  /** What the widget would give for what it shows. */
  const fieldValue = (field: FakeOption, id: string): Value => {
    const text = typed.get(`${id}.${field.option}`);
    const stored = field.cfgvalue(id) as Value | undefined;
    return text ?? widgetValue(field, stored ?? field.default ?? null);
  };
  const isActive = (section: FakeSection, field: FakeOption, id: string): boolean => {
    if (!shown.has(section) || field.disable === true) return false;
    if (field.deps.length === 0) return true;
    return field.deps.some(({ '!contains': contains, ...needs }) =>
      Object.entries(needs).every(([name, wanted]) => {
        const other = section.children.find((one) => one.option === name);
        if (other === undefined || !isActive(section, other, id)) return false;
        const value = fieldValue(other, id);
        return contains === true ? (value ?? []).includes(String(wanted)) : value === wanted;
      }),
    );
  };
  const parseField = (section: FakeSection, field: FakeOption, id: string): void => {
    if (isActive(section, field, id)) parseShown(field, id, fieldValue(field, id));
    else if (field.retain !== true) field.remove(id);
  };
  const locate = (id: string, name: string): [FakeSection, FakeOption] => {
    for (const section of children.filter((one) => one.cfgsections().includes(id))) {
      const field = section.children.find((one) => one.option === name);
      if (field !== undefined) return [section, field];
    }
    throw new Error(`no field ${id}.${name}`);
  };
  const map: FakeMap = {
    children,
    typed: fieldValue,
    section(kind, ...args) {
      const made = fakeSection(uci, map, (kind as FakeClass<FormSection>).kind, args, fieldValue);
      children.push(made);
      return made;
    },
    async render() {
      shown.clear();
      for (const section of children) await section.load();
      for (const section of children) {
        if ((await section.render()) === 'rendered') shown.add(section);
      }
      return 'map' as unknown as Node;
    },
    // All fields are read before the first wrong one is told, as LuCI's promises do.
    async parse() {
      const all = children.flatMap((section) =>
        section
          .cfgsections()
          .flatMap((id) => rowFields(section).map((field) => ({ field, id, section }))),
      );
      const errors: unknown[] = [];
      for (const { field, id, section } of all) {
        try {
          parseField(section, field, id);
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw errors[0];
    },
    async save() {
      await map.parse();
      typed.clear();
      await (parent ?? map).render();
    },
    fill(id, name, value) {
      const [section, field] = locate(id, name);
      if (!isActive(section, field, id)) throw new Error(`${id}.${name} is not to be seen`);
      const wrong = field.kind === 'DynamicList' ? wrongItem(field, id, value) : null;
      if (wrong !== null) throw new TypeError(wrong);
      typed.set(`${id}.${name}`, value);
    },
    visible(id, name) {
      return isActive(...locate(id, name), id);
    },
    async open(id) {
      const grid = children.find((one) => one.kind === 'GridSection');
      if (grid === undefined) throw new Error('no table');
      if ((await grid.renderMoreOptionsModal(id)) !== 'dialogue') throw new Error('not opened');
      const modal = fakeMap(uci, map);
      const section = fakeSection(
        uci,
        modal,
        'NamedSection',
        [id, grid.sectiontype, '', ''],
        modal.typed,
      );
      modal.children.push(section);
      // As LuCI's cloneOptions: everything that was set, and methods of the same class.
      for (const field of grid.children) {
        const clone = fakeOption(
          uci,
          section,
          field.kind,
          [field.option, field.title, ''],
          modal.typed,
        );
        Object.assign(clone, { ...field, section });
        section.children.push(clone);
      }
      grid.addModalOptions(section, id);
      await modal.render();
      return modal;
    },
  };
  return map;
}

/** A table has fields for the editable columns only; the rest is text. */
function rowFields({ kind, children }: FakeSection): FakeOption[] {
  return kind === 'GridSection'
    ? children.filter(({ editable, modalonly }) => editable && !modalonly)
    : children;
}

/** A list checks what is added to it, not what it has. */
function wrongItem(field: FakeOption, id: string, items: string | string[]): string | null {
  const texts = typeof items === 'string' ? [items] : items;
  const said = texts.map((text) => field.validate(id, text));
  return said.find((one): one is string => one !== true) ?? null;
}

/** `parse` of `AbstractValue` and of `Flag`. */
function parseShown(field: FakeOption, id: string, value: Value): void {
  const wrong = wrongText(field, id, value);
  if (wrong !== null) throw new TypeError(`Option "${field.title}": ${wrong}`);
  const optional = field.rmempty !== false || field.optional === true;
  const standard = value === field.default && optional;
  if (field.kind === 'Flag') {
    if (standard) field.remove(id);
    else field.write(id, value ?? '');
    return;
  }
  const empty = value === null || value.length === 0;
  if (empty && !optional) throw new TypeError(`Option "${field.title}" must not be empty.`);
  if (empty || standard) field.remove(id);
  else if (JSON.stringify(value) !== JSON.stringify(field.cfgvalue(id) ?? null)) {
    field.write(id, value);
  }
}
