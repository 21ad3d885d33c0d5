import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin, type UserConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** gzip bytes that a page may have. */
const BUDGET = 60_000;

/** Minifying drops the notices that these licences ask for; the two pages have both libraries in them. */
const NOTICE = `/* With uPlot, (c) Leon Sorokin, and Preact, (c) Jason Miller; both under the MIT licence. */
`;

/** A script that LuCI loads. */
interface LuciFile {
  entry: string;
  /** LuCI's classes in its words: `name`, or `name as variable`. */
  requires: string[];
  /** Makes the class of what the entry exports (`bonding`). */
  returns: string;
  /** It has the libraries of the status page in it. */
  draws: boolean;
}

/**
 * LuCI runs a file as the body of a function: its `'require …'` strings must come before any other
 * string, and it must return a class (luci.js, `require`). Tabs, as in LuCI.
 */
const LUCI_FILES: Readonly<Record<string, LuciFile>> = {
  luci: {
    entry: 'src/luci.tsx',
    requires: ['view', 'rpc'],
    returns: `return view.extend({
	render: function() { return bonding.page({ rpc: rpc, L: L }); },
	handleSave: null,
	handleSaveApply: null,
	handleReset: null
});`,
    draws: true,
  },
  settings: {
    entry: 'src/settings/view.ts',
    requires: ['view', 'form', 'uci', 'rpc', 'ui', 'network', 'tools.widgets as widgets'],
    returns: `return view.extend(bonding.settings({
	form: form, uci: uci, rpc: rpc, ui: ui, network: network, widgets: widgets, E: E
}));`,
    draws: false,
  },
  overview: {
    entry: 'src/overview.ts',
    requires: ['baseclass', 'rpc'],
    returns: `return baseclass.extend(bonding.tile({ rpc: rpc, E: E }));`,
    draws: false,
  },
};

function wrap({ requires, returns, draws }: LuciFile): Plugin {
  const prelude = ['use strict', ...requires.map((name) => `require ${name}`)];
  const head = prelude.map((text) => `'${text}';\n`).join('') + (draws ? NOTICE : '');
  return {
    name: 'bonding:luci-file',
    // After minifying, which would take the prelude's strings for dead code.
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const file of Object.values(bundle)) {
          if (file.type === 'chunk') file.code = `${head}\n${file.code}\n${returns}\n`;
        }
      },
    },
  };
}

/** Puts the notice before the scripts of the daemon's own page. */
function notice(): Plugin {
  return {
    name: 'bonding:notice',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const file of Object.values(bundle)) {
          if (file.type === 'chunk') file.code = NOTICE + file.code;
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
        console.log(text);
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
  plugins: [notice(), budget()],
  build: {
    outDir: here('../dist/page'),
    emptyOutDir: true,
    target: 'es2020',
    modulePreload: false,
    rolldownOptions: { output: { entryFileNames: 'page.js' } },
  },
};

/** One file for LuCI: dist/luci/NAME.js. */
function luci(name: string, file: LuciFile): UserConfig {
  return {
    ...common,
    plugins: [wrap(file), budget()],
    build: {
      outDir: here('../dist/luci'),
      // The other files for LuCI are there too.
      emptyOutDir: false,
      target: 'es2020',
      lib: {
        entry: here(file.entry),
        formats: ['iife'],
        name: 'bonding',
        fileName: () => `${name}.js`,
      },
    },
  };
}

/**
 * `vite build --config luci-ui/vite.config.ts --mode MODE`: `page`, or one of LUCI_FILES, which makes
 * status.js (`luci`), settings.js or overview.js.
 */
export default defineConfig(({ mode }) => {
  const file = LUCI_FILES[mode];
  return file ? luci(mode === 'luci' ? 'status' : mode, file) : page;
});
