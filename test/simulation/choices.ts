/**
 * Every decision of a run, in order. A run draws them from a seed, or reads them from a list: the same list gives the same run.
 *
 * 0 is always the simplest answer (the oldest operation, no fault, nothing more to do), so that a list with more zeros, or a shorter one, is a simpler run.
 */
export class Choices {
  readonly #replayed: readonly number[] | undefined;
  readonly #taken: number[] = [];
  #state: number;

  private constructor(seed: number, replayed: readonly number[] | undefined) {
    this.#state = seed >>> 0;
    this.#replayed = replayed;
  }

  static fromSeed(seed: number): Choices {
    return new Choices(Math.imul(seed + 1, 0x9e3779b1), undefined);
  }

  /** Beyond the end of the list every answer is 0. */
  static replay(list: readonly number[]): Choices {
    return new Choices(0, list);
  }

  /** What was decided so far. */
  get taken(): readonly number[] {
    return this.#taken;
  }

  /** A whole number from 0 to `count - 1`, all alike. */
  choose(count: number): number {
    return this.#take(count, () => Math.floor(this.#random() * count));
  }

  /** `true` with this probability. */
  chance(probability: number): boolean {
    if (probability <= 0) return false;
    return this.#take(2, () => (this.#random() < probability ? 1 : 0)) === 1;
  }

  /** The place of a weight, each as likely as its part of the sum. */
  weighted(weights: readonly number[]): number {
    return this.#take(weights.length, () => {
      let left = this.#random() * weights.reduce((sum, weight) => sum + weight, 0);
      return Math.max(
        0,
        weights.findIndex((weight) => (left -= weight) < 0),
      );
    });
  }

  /** One of the values; the first is the simplest. */
  oneOf<Value>(values: readonly [Value, ...Value[]]): Value {
    return values[this.choose(values.length)] ?? values[0];
  }

  #take(count: number, draw: () => number): number {
    if (count <= 1) return 0;
    const wanted = this.#replayed === undefined ? draw() : (this.#replayed[this.#taken.length] ?? 0);
    const value = Math.min(wanted, count - 1);
    this.#taken.push(value);
    return value;
  }

  /** Mulberry32: 32 bits of state are plenty for one run, and it is the fastest that passes the usual tests. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
}
