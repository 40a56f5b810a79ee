/** What stands for every value beyond the cap. */
export const OTHER = "_OTHER";

/** Keeps a label's values few: the first `max` different ones are kept, all later ones are `_OTHER`. Each value of a label is a time series for ever. */
export class LabelCap {
  readonly #max: number;
  readonly #known = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  limit(value: string): string {
    if (this.#known.has(value)) return value;
    if (this.#known.size >= this.#max) return OTHER;
    this.#known.add(value);
    return value;
  }
}
