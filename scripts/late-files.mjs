// A Vite plugin for the program. What it loads late (`await import(…)`) lies in files beside
// bonding.cjs: each needs bonding.cjs and no other, and works with the one of its own build only.
import { createHash } from 'node:crypto';

const PROGRAM = 'bonding.cjs';

/** Of rolldown's output: what is not late is one file, also what several late files share with it. */
export const LATE_OUTPUT = {
  chunkFileNames: '[name].cjs',
  codeSplitting: { groups: [{ name: 'bonding', tags: ['$initial'] }] },
};

/** How rolldown has a file require another one of ours. */
const REQUIRE = /^const (\w+) = require\("\.\/[\w-]+\.cjs"\);\n/gm;

/** The plugin. */
export function lateFiles() {
  return {
    name: 'late-files',
    // Every file would require the one with rolldown's helpers, also where it uses none of them.
    renderChunk(code) {
      const used = (name) => code.split(new RegExp(`\\b${name}\\b`)).length > 2;
      return code.replace(REQUIRE, (line, name) => (used(name) ? line : ''));
    },
    generateBundle(_options, files) {
      const all = Object.values(files);
      for (const { fileName, isEntry, isDynamicEntry, moduleIds } of all)
        if (!isEntry && !isDynamicEntry)
          throw new Error(`several late files share ${moduleIds}: ${fileName} would ship as well`);
      const build = digest(all.map(({ code }) => code));
      for (const file of all)
        file.code =
          (file.fileName === PROGRAM ? tell(build) : compare(build)) + together(file.code);
    },
  };
}

/** At the end of the program there are some 130 `exports.name=value`: 1 kB less when written as one object. */
function together(code) {
  return code.replace(/exports\.[\w$]+=[\w$]+(?:,exports\.[\w$]+=[\w$]+)+(?=;\s*$)/, (all) => {
    const fields = all.replaceAll('exports.', '').replaceAll('=', ':');
    return `Object.assign(exports,{${fields}})`;
  });
}

function digest(codes) {
  return createHash('sha256').update(codes.join('\0')).digest('hex').slice(0, 16);
}

const tell = (build) => `exports.build="${build}";`;

/**
 * A daemon that runs while its files are replaced has the old program in its memory, and the names by
 * which files of ours know each other are new in each build.
 */
function compare(build) {
  const text = 'is not of the build that runs: start the program again';
  return `if(require("./${PROGRAM}").build!=="${build}")throw new Error(__filename+" ${text}");`;
}
