/** A frozen copy of a record, so that neither the caller's later changes nor a reader's reach the store. */
export function copyRecord<Item extends object>(record: Item): Item {
  const copy = Object.entries(record).map(([name, member]: [string, unknown]) => [name, copyJson(member)] as const);
  return Object.freeze(Object.fromEntries(copy)) as Item;
}

/** A member that is undefined is absent in JSON. */
function copyJson(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map((item: unknown) => copyJson(item)));
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.freeze(Object.fromEntries(members.map(([name, member]) => [name, copyJson(member)])));
}
