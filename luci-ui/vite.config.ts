import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin, type UserConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** gzip bytes that a page may have. */
const BUDGET = 60_000;

/**
 * LuCI runs a view as the body of a function: its `'require …'` strings must come before any other
 * string, and it must return a class made by `view.extend` (luci.js, `require`). Tabs, as in LuCI.
 */
const LUCI_PRELUDE = `'use strict';
'require view';
'require rpc';

`;
const LUCI_CLASS = `
return view.extend({
	render: function() {
		return bonding.page(rpc.declare({ object: 'bonding', method: 'status', reject: true }));
	},
	handleSave: null,
	handleSaveApply: null,
	handleReset: null
});
`;

function luciView(): Plugin {
  return {
    name: 'bonding:luci-view',
    // After minifying, which would take the prelude's strings for dead code.
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const file of Object.values(bundle)) {
          if (file.type === 'chunk') file.code = LUCI_PRELUDE + file.code + LUCI_CLASS;
        }
      },
    },
  };
}

/** Prints each script's size and refuses one that is over the budget. */
function budget(): Plugin {
  return {
    name: 'bonding:budget',
    writeBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk') continue;
        const size = gzipSync(file.code, { level: 9 }).length;
        const text = `${file.fileName}: ${size} bytes gzip of at most ${BUDGET}`;
        if (size > BUDGET) this.error(text);
        this.info(text);
      }
    },
  };
}

const common: UserConfig = {
  root: here('.'),
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
};

/** The daemon's own page: dist/page/index.html and page.js. */
const page: UserConfig = {
  ...common,
  base: './',
  plugins: [budget()],
  build: {
    outDir: here('../dist/page'),
    emptyOutDir: true,
    target: 'es2020',
    modulePreload: false,
    rolldownOptions: { output: { entryFileNames: 'page.js' } },
  },
};

/** The LuCI view: dist/luci/status.js. */
const luci: UserConfig = {
  ...common,
  plugins: [luciView(), budget()],
  build: {
    outDir: here('../dist/luci'),
    emptyOutDir: true,
    target: 'es2020',
    lib: {
      entry: here('src/luci.tsx'),
      formats: ['iife'],
      name: 'bonding',
      fileName: () => 'status.js',
    },
  },
};

/** `vite build --config luci-ui/vite.config.ts --mode page` or `--mode luci`. */
export default defineConfig(({ mode }) => (mode === 'luci' ? luci : page));
