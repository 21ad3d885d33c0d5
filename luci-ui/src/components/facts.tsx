import type { ComponentChildren } from 'preact';

/** A name with its value, inside a `<dl class="bonding-facts">`. */
export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
