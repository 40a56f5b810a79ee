/** What JSON can say. `undefined` is allowed as a member's value and means that the member is absent. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [member: string]: JsonValue | undefined;
}
