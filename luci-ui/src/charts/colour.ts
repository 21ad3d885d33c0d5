/** As many colours as charts.css defines for light and for dark; then they begin anew. */
export const LINK_COLOURS = 8;

/** The CSS variable of a link's colour, by the link's place in the snapshot. */
export function linkVariable(index: number): string {
  return `--bonding-link-${index % LINK_COLOURS}`;
}

/** The same as a CSS value, for a `style`: the link's dot has the colour of its line. */
export function linkColour(index: number): string {
  return `var(${linkVariable(index)})`;
}
