import { render } from 'preact';
import { App } from './components/app.tsx';
import { createStore } from './store.ts';
import type { Transport } from './transport.ts';

/** Draws the page into `node` and keeps it up to date for as long as the document lives. */
export function mount(node: Element, transport: Transport, css: string): void {
  const store = createStore();
  transport(store.sink);
  render(<App store={store} css={css} />, node);
}
