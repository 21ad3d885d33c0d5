/** UCI text ⇄ package, exactly as libuci reads and writes it. */
export { fromBytes, toBytes } from './bytes.ts';
export { UciError } from './error.ts';
export { format } from './format.ts';
export { optionNames } from './options.ts';
export {
  type ParsedText,
  type ParseOptions,
  parse,
  parseWithLines,
  type Repeated,
  TEXT_LIMIT,
} from './parser.ts';
export type { UciPackage, UciSection } from './types.ts';
