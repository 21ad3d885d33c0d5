/** A UCI package as data: the shape `parse` gives and `format` takes. */
export interface UciPackage {
  sections: UciSection[];
}

/** One `config TYPE 'NAME'` block. Anonymous sections get libuci's generated name (`cfg0215b3`). */
export interface UciSection {
  type: string;
  name: string;
  anonymous: boolean;
  options: Record<string, string | string[]>;
}
