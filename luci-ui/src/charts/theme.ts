import { LINK_COLOURS, linkVariable } from './colour.ts';

/** What a canvas cannot take from CSS by itself. */
export interface Theme {
  text: string;
  grid: string;
  links: readonly string[];
}

/** The colours that `node` has now. */
export function readTheme(node: Element): Theme {
  const style = getComputedStyle(node);
  return {
    text: faded(style.color, 0.75),
    grid: faded(style.color, 0.14),
    links: Array.from({ length: LINK_COLOURS }, (_, index) =>
      style.getPropertyValue(linkVariable(index)).trim(),
    ),
  };
}

/** A computed or `#rrggbb` colour, made translucent; one of another form as it is. */
export function faded(colour: string, alpha: number): string {
  const rgb = /^rgba?\((\d+), (\d+), (\d+)/.exec(colour);
  if (rgb) return `rgba(${rgb.slice(1, 4).join(',')},${alpha})`;
  if (!/^#[\da-f]{6}$/i.test(colour)) return colour;
  return (
    colour +
    Math.round(alpha * 255)
      .toString(16)
      .padStart(2, '0')
  );
}

/** A theme may fade from one colour to the next; what it ends in is read after this, ms. */
const FADE = 500;

/**
 * Calls `changed` when the colours of `node` may have become others: LuCI's themes switch by an
 * attribute of <html> or another stylesheet, the daemon's own page by the desktop's preference.
 * Returns how to stop.
 */
export function watchTheme(node: Element, changed: (theme: Theme) => void): () => void {
  let known = '';
  let timers: number[] = [];
  const read = (): void => {
    const theme = readTheme(node);
    const text = JSON.stringify(theme);
    if (text === known) return;
    known = text;
    changed(theme);
  };
  const later = (): void => {
    for (const timer of timers) clearTimeout(timer);
    timers = [0, FADE].map((ms) => window.setTimeout(read, ms));
  };
  const observer = new MutationObserver(later);
  observer.observe(document.documentElement, {
    attributeFilter: ['data-darkmode', 'data-theme', 'class', 'style'],
  });
  observer.observe(document.head, {
    childList: true,
    subtree: true,
    attributeFilter: ['href', 'media', 'disabled'],
  });
  document.head.addEventListener('load', later, true);
  const preference = matchMedia('(prefers-color-scheme: dark)');
  preference.addEventListener('change', later);
  read();
  return () => {
    for (const timer of timers) clearTimeout(timer);
    observer.disconnect();
    document.head.removeEventListener('load', later, true);
    preference.removeEventListener('change', later);
  };
}
