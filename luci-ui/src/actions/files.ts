/**
 * Puts the text of `node` into the clipboard. LuCI is often opened over http, where browsers have no
 * `navigator.clipboard`; there the text is selected and copied the old way. False: neither worked,
 * but the text is selected.
 */
export async function copyText(node: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(node.textContent ?? '');
    return true;
  } catch {
    getSelection()?.selectAllChildren(node);
    return document.execCommand('copy');
  }
}

/** Offers `text` as a file to keep. */
export function saveText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  // Firefox follows a click only on a link that is in the document.
  document.body.append(link);
  link.click();
  link.remove();
  // The download has only begun; a minute is more than enough to read the text.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
