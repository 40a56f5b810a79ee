import type { JsonObject } from "../json.ts";
import { numberOf } from "./read-json.ts";

// A number without bounds lies in this range.
const SPAN = 100;
const DECIMALS = 2;

/**
 * A number that the schema's bounds allow: at `fraction` of the way from the lowest to the highest, `index` steps
 * further up so that elements of one list differ, rounded to whole numbers, to `multipleOf`, or to two decimals.
 */
export function sampleNumber(schema: JsonObject, whole: boolean, fraction: number, index: number): number {
  const step = stepOf(schema, whole);
  const bounds = boundsOf(schema, step ?? 10 ** -DECIMALS);
  const wanted = bounds.low + fraction * (bounds.high - bounds.low) + index * (step ?? 1);
  const value = wanted > bounds.high && index > 0 ? bounds.low + index * (step ?? 1) : wanted;
  return step === undefined ? roundWithin(value, bounds) : snap(value, step, bounds);
}

interface Bounds {
  readonly low: number;
  readonly high: number;
}

function stepOf(schema: JsonObject, whole: boolean): number | undefined {
  const multiple = numberOf(schema["multipleOf"]);
  if (multiple === undefined) return whole ? 1 : undefined;
  return whole && !Number.isInteger(multiple) ? Math.ceil(multiple) : multiple;
}

function boundsOf(schema: JsonObject, step: number): Bounds {
  const low = largest(numberOf(schema["minimum"]), inside(schema["exclusiveMinimum"], step));
  const high = smallest(numberOf(schema["maximum"]), inside(schema["exclusiveMaximum"], -step));
  if (low !== undefined && high !== undefined) return { low, high };
  if (low !== undefined) return { low, high: low + SPAN };
  if (high !== undefined) return { low: high - SPAN, high };
  return { low: 0, high: SPAN };
}

function inside(bound: unknown, step: number): number | undefined {
  const value = numberOf(bound);
  return value === undefined ? undefined : value + step;
}

function largest(...values: (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function smallest(...values: (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function roundWithin(value: number, bounds: Bounds): number {
  const rounded = Number(value.toFixed(DECIMALS));
  return rounded < bounds.low || rounded > bounds.high ? Math.min(Math.max(value, bounds.low), bounds.high) : rounded;
}

// Naive validators divide, and 0.3 / 0.1 is no whole number: a near multiple that survives division is preferred.
function snap(value: number, step: number, bounds: Bounds): number {
  const first = Math.ceil(bounds.low / step);
  const last = Math.max(first, Math.floor(bounds.high / step));
  const nearest = Math.min(Math.max(Math.round(value / step), first), last);
  const multiples = [0, 1, -1, 2, -2, 3, -3]
    .map((offset) => nearest + offset)
    .filter((count) => count >= first && count <= last)
    .map((count) => Number((count * step).toPrecision(15)));
  return multiples.find((multiple) => Number.isInteger(multiple / step)) ?? multiples[0] ?? value;
}
