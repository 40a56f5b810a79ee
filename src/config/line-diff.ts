/** One line of a text that was changed. */
export interface LineChange {
  readonly kind: "same" | "added" | "removed";
  readonly text: string;
}

/** Beyond this many pairs of lines the part that differs is shown as a whole: a table for it would take seconds. */
const MAX_PAIRS = 1_000_000;

/** The lines that two texts share, in order, and between them those that only one of them has. The fewest changes, by longest common subsequence. */
export function diffLines(before: string, after: string): readonly LineChange[] {
  const left = before.split("\n");
  const right = after.split("\n");
  const most = Math.min(left.length, right.length);
  let head = 0;
  while (head < most && left[head] === right[head]) head += 1;
  let tail = 0;
  while (tail < most - head && left.at(-1 - tail) === right.at(-1 - tail)) tail += 1;
  return [
    ...marked("same", left.slice(0, head)),
    ...changedPart(left.slice(head, left.length - tail), right.slice(head, right.length - tail)),
    ...marked("same", left.slice(left.length - tail)),
  ];
}

function changedPart(left: readonly string[], right: readonly string[]): LineChange[] {
  if (left.length * right.length > MAX_PAIRS) return [...marked("removed", left), ...marked("added", right)];
  const lengths = commonLengths(left, right);
  const width = right.length + 1;
  const changes: LineChange[] = [];
  let row = 0;
  let column = 0;
  while (row < left.length && column < right.length) {
    const text = left[row] ?? "";
    if (text === right[column]) {
      changes.push({ kind: "same", text });
      row += 1;
      column += 1;
    } else if ((lengths[(row + 1) * width + column] ?? 0) >= (lengths[row * width + column + 1] ?? 0)) {
      changes.push({ kind: "removed", text });
      row += 1;
    } else {
      changes.push({ kind: "added", text: right[column] ?? "" });
      column += 1;
    }
  }
  return [...changes, ...marked("removed", left.slice(row)), ...marked("added", right.slice(column))];
}

/** At `row * (right.length + 1) + column`: how many lines the rests from there have in common. */
function commonLengths(left: readonly string[], right: readonly string[]): Uint32Array {
  const width = right.length + 1;
  const lengths = new Uint32Array((left.length + 1) * width);
  for (let row = left.length - 1; row >= 0; row -= 1) {
    for (let column = right.length - 1; column >= 0; column -= 1) {
      const here = row * width + column;
      lengths[here] =
        left[row] === right[column]
          ? (lengths[here + width + 1] ?? 0) + 1
          : Math.max(lengths[here + width] ?? 0, lengths[here + 1] ?? 0);
    }
  }
  return lengths;
}

function marked(kind: LineChange["kind"], texts: readonly string[]): LineChange[] {
  return texts.map((text) => ({ kind, text }));
}
