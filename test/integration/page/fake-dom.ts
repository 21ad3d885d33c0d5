/**
 * The few DOM methods that Preact uses, for running the built page where there is no browser. It
 * knows no layout, no CSS and no events; how the page looks is seen in a real browser only.
 */
export class FakeNode {
  parentNode: FakeElement | null = null;
  readonly ownerDocument = fakeDocument;
  constructor(
    readonly nodeType: number,
    readonly localName: string,
    public data = '',
  ) {}

  get nextSibling(): FakeNode | null {
    const all = this.parentNode?.childNodes ?? [];
    return all[all.indexOf(this) + 1] ?? null;
  }

  get textContent(): string {
    return this.data;
  }

  remove(): void {
    this.parentNode?.removeChild(this);
  }
}

/** An element. */
export class FakeElement extends FakeNode {
  readonly namespaceURI = 'http://www.w3.org/1999/xhtml';
  readonly childNodes: FakeNode[] = [];
  readonly style = {};
  readonly attributeMap = new Map<string, string>();

  constructor(name: string) {
    super(1, name);
  }

  get firstChild(): FakeNode | null {
    return this.childNodes[0] ?? null;
  }

  get attributes(): { name: string; value: string }[] {
    return [...this.attributeMap].map(([name, value]) => ({ name, value }));
  }

  override get textContent(): string {
    return this.childNodes.map((child) => child.textContent).join('');
  }

  setAttribute(name: string, value: unknown): void {
    this.attributeMap.set(name, String(value));
  }

  removeAttribute(name: string): void {
    this.attributeMap.delete(name);
  }

  insertBefore(child: FakeNode, before: FakeNode | null): FakeNode {
    child.remove();
    const index = before ? this.childNodes.indexOf(before) : this.childNodes.length;
    if (index < 0) throw new Error('insertBefore: the reference is not a child');
    this.childNodes.splice(index, 0, child);
    child.parentNode = this;
    return child;
  }

  appendChild(child: FakeNode): FakeNode {
    return this.insertBefore(child, null);
  }

  removeChild(child: FakeNode): FakeNode {
    this.childNodes.splice(this.childNodes.indexOf(child), 1);
    child.parentNode = null;
    return child;
  }

  addEventListener(): void {}
  removeEventListener(): void {}

  /** All elements below with this class, in order. */
  byClass(name: string): FakeElement[] {
    return this.childNodes.flatMap((child) => {
      if (!(child instanceof FakeElement)) return [];
      const own = (child.attributeMap.get('class') ?? '').split(' ').includes(name);
      return own ? [child, ...child.byClass(name)] : child.byClass(name);
    });
  }
}

/** Makes nodes. */
export const fakeDocument = {
  createElement: (name: string): FakeElement => new FakeElement(name),
  createElementNS: (_space: string, name: string): FakeElement => new FakeElement(name),
  createTextNode: (text: unknown): FakeNode => new FakeNode(3, '#text', String(text)),
};
