/** Where a text is wrong, in libuci's terms and in an editor's. */
export interface Place {
  /**
   * libuci's line: the line feeds read so far. From 1, but one too few (so perhaps 0) when the
   * faulty line is the last and has no line feed.
   */
  line: number;
  /** libuci's `byte`: bytes before the fault, from 0; a value's earlier lines count too. */
  column: number;
  /** The line as an editor counts, from 1. This is the one to show. */
  sourceLine: number;
}

/**
 * What `parse` and `format` throw. `reason` is libuci's wording (`too many arguments`) and `message`
 * the line that `uci` prints. When the fault is in no line (a text over the limit, data that `format`
 * cannot write), all three of the place are 0.
 */
export class UciError extends Error implements Place {
  readonly reason: string;
  readonly line: number;
  readonly column: number;
  readonly sourceLine: number;

  constructor(reason: string, place?: Place) {
    super(place ? `Parse error (${reason}) at line ${place.line}, byte ${place.column}` : reason);
    this.name = 'UciError';
    this.reason = reason;
    this.line = place?.line ?? 0;
    this.column = place?.column ?? 0;
    this.sourceLine = place?.sourceLine ?? 0;
  }
}
