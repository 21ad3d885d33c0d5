import { render } from 'preact';
import { App } from './components/app.tsx';
import { createStore } from './store.ts';
import type { Transport } from './transport.ts';

export interface MountOptions {
  css: string;
  /** LuCI's page with the settings; absent outside of LuCI. */
  settingsUrl?: string;
}

/** Draws the page into `node` and keeps it up to date for as long as the document lives. */
export function mount(node: Element, transport: Transport, options: MountOptions): void {
  const store = createStore(transport);
  transport.open(store.sink);
  render(<App store={store} {...options} />, node);
}
