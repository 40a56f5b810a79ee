import * as v from "valibot";

// Every message is the expectation that completes "Expected `field` to be …".

/** A text of any length. */
export const text: v.StringSchema<string> = v.string("a text");

/** A mapping whose members are somebody else's to check. */
export const json: v.RecordSchema<v.StringSchema<undefined>, v.UnknownSchema, string> = v.record(
  v.string(),
  v.unknown(),
  "a mapping",
);

/** One of the words. */
export function oneOf<const Words extends readonly string[]>(words: Words): v.PicklistSchema<Words, string> {
  return v.picklist(words, `one of ${words.map((word) => `"${word}"`).join(", ")}`);
}

/** A field that may be left out; editors show the description. */
export function described<Schema extends v.GenericSchema, const Words extends string>(
  schema: Schema,
  description: Words,
): v.OptionalSchema<v.SchemaWithPipe<readonly [Schema, v.DescriptionAction<v.InferOutput<Schema>, Words>]>, undefined> {
  return v.optional(v.pipe(schema, v.description(description)));
}
