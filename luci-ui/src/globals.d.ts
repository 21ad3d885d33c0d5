/** A stylesheet as a string; Vite's `?inline`. */
declare module '*.css?inline' {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: Vite gives it as the default export.
  export default text;
}
