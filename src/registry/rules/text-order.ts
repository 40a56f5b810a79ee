/**
 * Order of text by Unicode code point, which is the order of UTF-8 bytes: SQLite's BINARY and PostgreSQL's "C" collation.
 * JavaScript's own `<` compares UTF-16 units and puts U+E000 to U+FFFF after the supplementary planes.
 */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x10000 : unit;
}
