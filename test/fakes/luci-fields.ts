import type {
  FormMap,
  FormOption,
  FormSection,
  LuciClass,
  Value,
} from '../../luci-ui/src/settings/luci.ts';
import type { FakeUci } from './luci-uci.ts';

/** Sections and options of LuCI's form as luci-form.ts needs them; see there. */

/** LuCI's widgets that the settings use. */
export type Kind =
  | 'Value'
  | 'ListValue'
  | 'DynamicList'
  | 'MultiValue'
  | 'Flag'
  | 'DummyValue'
  | 'Button'
  | 'NetworkSelect';

/** One field, and what is typed into it. */
export interface FakeOption extends FormOption {
  kind: Kind;
  description: string;
  tab: string | null;
  deps: Readonly<Record<string, unknown>>[];
}

/** One section, and its class. */
export interface FakeSection extends FormSection {
  kind: 'NamedSection' | 'TypedSection' | 'GridSection';
  sectiontype: string;
  title: string;
  description: string;
  tabs: string[];
  children: FakeOption[];
}

const OPTION = new Set(
  'kind description tab deps option title section datatype placeholder default rmempty optional retain modalonly editable disable rawhtml multiple nocreate display_size dropdown_size networks inputtitle inputstyle keylist vallist value depends load write remove cfgvalue formvalue textvalue render validate isValid onclick'.split(
    ' ',
  ),
);
const SECTION = new Set(
  'kind sectiontype title description tabs map children anonymous addremove sortable nodescriptions addbtntitle sectiontitle modaltitle tab option taboption cfgsections filter load render handleAdd renderSectionAdd renderMoreOptionsModal addModalOptions'.split(
    ' ',
  ),
);

function strict<T extends object>(target: T, known: ReadonlySet<string>): T {
  const check = (name: string | symbol): void => {
    // Awaiting an object asks it for `then`.
    if (typeof name === 'string' && name !== 'then' && !known.has(name)) {
      throw new Error(`LuCI has no '${name}' here`);
    }
  };
  return new Proxy(target, {
    get(object, name) {
      check(name);
      return Reflect.get(object, name, object);
    },
    set(object, name, value) {
      check(name);
      return Reflect.set(object, name, value);
    },
  });
}

/** A class as LuCI's: only its prototype and its name are of use. */
export interface FakeClass<T> extends LuciClass<T> {
  kind: string;
}

/** A node as far as the settings look at one. */
export interface FakeNode {
  tag: string;
  attributes: Readonly<Record<string, unknown>>;
  children: unknown[];
  append(...nodes: unknown[]): void;
  querySelector(selector: string): null;
}

/** What LuCI's `E` makes, as data. */
export function fakeNode(
  tag: string,
  attributes: Readonly<Record<string, unknown>>,
  children: readonly unknown[],
): FakeNode {
  const all = [...children];
  return {
    tag,
    attributes,
    children: all,
    append: (...nodes) => all.push(...nodes),
    querySelector: () => null,
  };
}

/** All text below a node. */
export function textOfNode(node: unknown): string {
  if (typeof node === 'string') return node;
  return (node as FakeNode).children.map(textOfNode).join('');
}

/** The methods of LuCI's sections that ours call from theirs. */
export function sectionMethods(uci: FakeUci): FormSection {
  const methods: Partial<FormSection> = {
    load(this: FormSection) {
      const tasks = this.cfgsections().flatMap((id) =>
        this.children
          .filter((field) => field.disable !== true)
          .map(async (field) => field.cfgvalue(id, await field.load(id))),
      );
      return Promise.all(tasks);
    },
    render: async () => 'rendered',
    handleAdd(this: FakeSection, _event: unknown, name?: string) {
      return uci.add('bonding', this.sectiontype, name);
    },
    renderSectionAdd: () => fakeNode('button', {}, []) as unknown as HTMLElement,
    renderMoreOptionsModal: () => 'dialogue',
  };
  return methods as FormSection;
}

/** What LuCI's widget gives when it was made with the value and nobody touched it. */
export function widgetValue(field: FakeOption, value: Value): Value {
  const all = value === null ? [] : typeof value === 'string' ? [value] : value;
  const keys = field.keylist ?? [];
  switch (field.kind) {
    case 'Flag':
      return value === '1' ? '1' : '0';
    case 'ListValue':
      return all.find((one) => keys.includes(one)) ?? (field.optional ? '' : (keys[0] ?? ''));
    case 'DynamicList':
      return [...new Set(all)];
    case 'MultiValue':
      return keys.filter((one) => all.includes(one));
    case 'NetworkSelect': {
      const known = (field.networks ?? []).map((one) => one.getName()).sort();
      const found = known.filter((one) => all.includes(one));
      return field.multiple ? found : (found[0] ?? '');
    }
    case 'DummyValue':
    case 'Button':
      return null;
    default:
      return all.join(' ');
  }
}

/** What a field would give now: what was typed into it, else what its widget makes of the file. */
type Typed = (field: FakeOption, id: string) => Value;

/** What LuCI's own type and our check say to the field's texts; null: nothing. */
export function wrongText(field: FakeOption, id: string, value: Value): string | null {
  // Neither a select nor a tick box is ever checked, nor what is in a list already.
  if (!['Value', 'NetworkSelect'].includes(field.kind)) return null;
  const texts = typeof value === 'string' ? [value] : (value ?? []);
  for (const text of texts.filter((one) => one !== '')) {
    const said = field.validate(id, text);
    if (said !== true) return said;
  }
  return null;
}

/** `map.section(…)`. */
export function fakeSection(
  uci: FakeUci,
  map: FormMap,
  kind: string,
  args: string[],
  typed: Typed,
): FakeSection {
  const named = kind === 'NamedSection';
  const [id, type, title, description] = named ? args : ['', ...args];
  const made: Partial<FakeSection> & { children: FakeOption[]; tabs: string[] } = {
    ...sectionMethods(uci),
    kind: kind as FakeSection['kind'],
    sectiontype: type ?? '',
    title: title ?? '',
    description: description ?? '',
    tabs: [],
    map,
    children: [],
    filter: () => true,
    addModalOptions: () => undefined,
    tab: (name) => made.tabs.push(name),
    option: (kindOf, ...rest) => {
      const field = fakeOption(
        uci,
        section,
        (kindOf as FakeClass<FormOption>).kind as Kind,
        rest,
        typed,
      );
      made.children.push(field);
      return field;
    },
    taboption: (tab, ...rest) => {
      if (!made.tabs.includes(tab)) throw new Error(`no tab ${tab}`);
      const field = section.option(...rest) as FakeOption;
      field.tab = tab;
      return field;
    },
    cfgsections: () =>
      named
        ? [id ?? '']
        : uci
            .sections('bonding', type)
            .map((one) => one['.name'])
            .filter((one) => section.filter(one)),
  };
  const section = strict(made as FakeSection, SECTION);
  return section;
}

/** `section.option(…)`. */
export function fakeOption(
  uci: FakeUci,
  section: FakeSection,
  kind: Kind,
  [name, title, description]: (string | undefined)[],
  typed: Typed,
): FakeOption {
  const values = new Map<string, unknown>();
  const isRendered = (): boolean => section.kind !== 'GridSection' || made.editable === true;
  // On a prototype, as in LuCI: a dialogue's clones take over only what was set on the field itself.
  const methods: Partial<FakeOption> = {
    validate: () => true,
    load: (id) => uci.get('bonding', id, name ?? ''),
    write: (id, value) => {
      if (kind !== 'DummyValue') uci.set('bonding', id, name ?? '', value);
    },
    remove: (id) => {
      if (kind !== 'DummyValue') uci.unset('bonding', id, name ?? '');
    },
    cfgvalue: (...args) => {
      if (args.length === 2) values.set(args[0], args[1]);
      return values.get(args[0]);
    },
    formvalue: (id) => (isRendered() ? typed(made, id) : null),
    isValid: (id) => {
      if (!isRendered()) return true;
      const value = typed(made, id) ?? '';
      return value.length === 0 ? made.rmempty !== false : wrongText(made, id, value) === null;
    },
    render: async () => 'field',
    value(key, text) {
      this.keylist = [...(this.keylist ?? []), key];
      this.vallist = [...(this.vallist ?? []), text ?? key];
    },
    depends(condition, value) {
      made.deps = [
        ...made.deps,
        typeof condition === 'string' ? { [condition]: value } : condition,
      ];
    },
  };
  const made: FakeOption = Object.assign(Object.create(methods), {
    kind,
    option: name ?? '',
    title: title ?? '',
    description: description ?? '',
    tab: null,
    section,
    deps: [],
    rmempty: true,
    optional: false,
    ...(kind === 'Flag' && { default: '0' }),
  });
  return strict(made, OPTION);
}
