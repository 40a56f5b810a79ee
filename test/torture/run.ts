/** `npm run torture -- --rounds N --registry sqlite|postgres [--seed S]`: real processes, killed in the middle of everything. Exits with 1 at the first broken promise. */
import { parseArgs } from "node:util";
import { startEmulator } from "../../src/emulator/index.ts";
import { openPostgresPlace, openSqlitePlace } from "./place.ts";
import { runRound } from "./round.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "20" },
    registry: { type: "string", default: "sqlite" },
    seed: { type: "string", default: "1" },
  },
});

const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`Expected --rounds to be a whole number from 1 up, got ${values.rounds}.`);
if (values.registry !== "sqlite" && values.registry !== "postgres")
  throw new Error(`Expected --registry to be sqlite or postgres, got ${values.registry}.`);

const place = values.registry === "sqlite" ? openSqlitePlace() : await openPostgresPlace();
const emulator = await startEmulator();
const random = seeded(Number(values.seed));
let broken = 0;
let killed = 0;
let answers = 0;
let duplicates = 0;
try {
  for (let round = 1; round <= rounds && broken === 0; round += 1) {
    const result = await runRound({ emulator, registry: place.registry, round, random });
    killed += result.killed;
    answers += result.answers;
    duplicates += result.duplicates;
    const problems = [...result.problems, ...(await place.check())];
    broken += problems.length;
    const errors = Object.entries(result.errors).map(([code, count]) => `${count} ${code}`);
    console.log(
      `round ${round}: ${result.answers} answers, ${result.killed} killed, ${result.duplicates} duplicates before the sweep${errors.length === 0 ? "" : `, ${errors.join(", ")}`}${problems.length === 0 ? "" : "  BROKEN"}`,
    );
    for (const problem of problems) console.log(`  ${problem}`);
  }
} finally {
  await emulator.close();
  await place.close();
}
console.log(
  `${values.registry}: ${answers} answers, ${killed} processes killed, ${duplicates} duplicates before the sweeps, ${broken === 0 ? "every promise held" : `${broken} promises broken (seed ${values.seed})`}`,
);
process.exitCode = broken === 0 ? 0 : 1;

/** Mulberry32: 32 bits of state suffice to choose who dies when. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
