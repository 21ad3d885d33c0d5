/**
 * LuCI's classes, as far as the settings use them (modules/luci-base, resources/form.js, uci.js,
 * tools/widgets.js). Types only.
 */

/** What an option has in the file or in the form. */
export type Value = string | string[] | null;

/** A class of LuCI's: made by LuCI, never with `new` by us. */
export interface LuciClass<T> {
  readonly prototype: T;
}

/** An interface of netifd's, from LuCI's class `network`. */
export interface LuciNetwork {
  getName(): string;
}

/** `form.AbstractValue` and what its kinds add. */
export interface FormOption {
  option: string;
  title: string;
  section: FormSection;
  /** LuCI's name of a type, for its own checks and messages. */
  datatype?: string;
  placeholder?: string | null;
  default?: Value;
  /** False: an empty field is refused. */
  rmempty?: boolean;
  optional?: boolean;
  /** A field that is hidden keeps its value. */
  retain?: boolean;
  modalonly?: boolean;
  editable?: boolean;
  /** Not shown, not read. */
  disable?: boolean;
  rawhtml?: boolean;
  multiple?: boolean;
  nocreate?: boolean;
  display_size?: number;
  dropdown_size?: number;
  /** `widgets.NetworkSelect`: what there is to choose from, once loaded. */
  networks?: LuciNetwork[];
  inputtitle?: string;
  inputstyle?: string;
  keylist?: string[];
  vallist?: string[];
  value(key: string, text?: string): void;
  depends(condition: string | Readonly<Record<string, unknown>>, value?: string): void;
  load(section: string): unknown;
  write(section: string, value: string | string[]): unknown;
  remove(section: string): unknown;
  cfgvalue(section: string, value?: unknown): unknown;
  formvalue(section: string): Value;
  textvalue(section: string): unknown;
  render(index: number, section: string, inTable: boolean): Promise<unknown>;
  validate(section: string, value: string): true | string;
  /** False for an empty field that must not be empty, too. */
  isValid(section: string): boolean;
  onclick?(event: unknown, section: string): unknown;
}

/** `form.NamedSection`, `form.TypedSection` and `form.GridSection`. */
export interface FormSection {
  map: FormMap;
  children: FormOption[];
  anonymous?: boolean;
  addremove?: boolean;
  sortable?: boolean;
  nodescriptions?: boolean;
  addbtntitle?: string;
  sectiontitle?(section: string): string;
  modaltitle?(section: string): string;
  tab(name: string, title: string, text?: string): void;
  option(kind: LuciClass<FormOption>, name: string, title: string, text?: string): FormOption;
  taboption(
    tab: string,
    kind: LuciClass<FormOption>,
    name: string,
    title: string,
    text?: string,
  ): FormOption;
  cfgsections(): string[];
  filter(section: string): boolean;
  load(): Promise<unknown>;
  render(): Promise<unknown>;
  handleAdd(event: unknown, name?: string): unknown;
  renderSectionAdd(extraClass?: string): HTMLElement;
  renderMoreOptionsModal(section: string, event?: unknown): unknown;
  addModalOptions(modal: FormSection, section: string): unknown;
}

/** `form.Map`. */
export interface FormMap {
  children: FormSection[];
  section(kind: LuciClass<FormSection>, ...args: string[]): FormSection;
  render(): Promise<Node>;
  /** Reads the fields into `uci`; rejects when one is wrong. */
  parse(): Promise<unknown>;
  save(): Promise<unknown>;
}

/** LuCI's class `form`. */
export interface LuciForm {
  Map: new (config: string, title: string, text: string) => FormMap;
  NamedSection: LuciClass<FormSection>;
  TypedSection: LuciClass<FormSection>;
  GridSection: LuciClass<FormSection>;
  Value: LuciClass<FormOption>;
  ListValue: LuciClass<FormOption>;
  DynamicList: LuciClass<FormOption>;
  MultiValue: LuciClass<FormOption>;
  Flag: LuciClass<FormOption>;
  DummyValue: LuciClass<FormOption>;
  Button: LuciClass<FormOption>;
}

/** A section as `uci.sections` gives it. */
export interface UciSectionData {
  '.name': string;
  '.type': string;
  '.anonymous'?: boolean;
  [option: string]: unknown;
}

/** LuCI's class `uci`. */
export interface LuciUci {
  load(config: string): Promise<unknown>;
  get(config: string, section: string, option: string): Value | undefined;
  get(config: string, section: string): UciSectionData | null;
  set(config: string, section: string, option: string, value: string | string[]): void;
  unset(config: string, section: string, option: string): void;
  add(config: string, type: string, name?: string): string;
  sections(config: string, type?: string): UciSectionData[];
}

/** LuCI's function `E`. A string as children would be read as HTML: always give a list. */
export type MakeNode = (
  tag: string,
  attributes: Readonly<Record<string, unknown>>,
  children: readonly (Node | string)[],
) => HTMLElement;

/** All that the build hands over (luci-ui/vite.config.ts). */
export interface SettingsLuci {
  form: LuciForm;
  uci: LuciUci;
  rpc: {
    declare(options: { object: string; method: string; reject: boolean }): () => Promise<unknown>;
  };
  ui: { addNotification(title: string | null, children: Node, ...classes: string[]): unknown };
  network: { instantiateNetwork(name: string): LuciNetwork };
  widgets: { NetworkSelect: LuciClass<FormOption> };
  E: MakeNode;
}
