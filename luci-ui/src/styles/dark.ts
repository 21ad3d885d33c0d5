/**
 * Marks the document as light or dark, as the desktop is, with the attribute of LuCI's themes, so
 * that one rule in the styles serves both pages.
 */
export function followDesktop(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const follow = (): void =>
    document.documentElement.setAttribute('data-darkmode', String(dark.matches));
  dark.addEventListener('change', follow);
  follow();
}
