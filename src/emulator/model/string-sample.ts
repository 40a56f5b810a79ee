import type { JsonObject } from "../json.ts";
import { numberOf, textOf } from "./read-json.ts";
import { sampleOfPattern } from "./pattern-sample.ts";

export interface StringPlace {
  readonly text: string;
  readonly label: string;
  readonly index: number;
}

const FILLER = " emulator";

// One example of each format that structured output takes, and of those that zod and valibot give besides.
const FORMATS: Readonly<Record<string, (index: number) => string>> = {
  "date-time": (index) => `2026-01-${day(index)}T12:00:00Z`,
  date: (index) => `2026-01-${day(index)}`,
  time: (index) => `12:00:${day(index)}Z`,
  duration: (index) => `P${index + 1}D`,
  email: (index) => `emulator${index}@example.com`,
  "idn-email": (index) => `emulator${index}@example.com`,
  hostname: (index) => `host${index}.example.com`,
  ipv4: (index) => `192.0.2.${(index % 254) + 1}`,
  ipv6: (index) => `2001:db8::${(index + 1).toString(16)}`,
  uuid: (index) => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
  uri: (index) => `https://example.com/${index}`,
  url: (index) => `https://example.com/${index}`,
  "uri-reference": (index) => `/example/${index}`,
};

function day(index: number): string {
  return String((index % 28) + 1).padStart(2, "0");
}

/** A string that fits `format`, `pattern`, `minLength` and `maxLength`; else the seed's text, with the label before it. */
export function sampleString(schema: JsonObject, place: StringPlace): string {
  const format = FORMATS[textOf(schema["format"]) ?? ""];
  if (format !== undefined) return format(place.index);
  const pattern = textOf(schema["pattern"]);
  if (pattern !== undefined) return sampleOfPattern(pattern, numberOf(schema["minLength"]) ?? 0);
  return fitLength(freeText(place), numberOf(schema["minLength"]), numberOf(schema["maxLength"]));
}

function freeText({ text, label, index }: StringPlace): string {
  const numbered = index === 0 ? text : `${index + 1}. ${text}`;
  return label === "" ? numbered : `${label}: ${numbered}`;
}

// JSON Schema counts code points, as the iterator of a string does.
function fitLength(text: string, minimum = 0, maximum = Number.POSITIVE_INFINITY): string {
  const points = [...text];
  while (points.length < minimum) points.push(...FILLER);
  return points.slice(0, Math.max(minimum, Math.min(points.length, maximum))).join("");
}
