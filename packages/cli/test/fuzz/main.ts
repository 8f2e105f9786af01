/**
 * The fuzzer: a while for each target with a new seed, after what was found earlier (the corpus).
 *
 *     npm run fuzz -- --seconds 60 --seed 7 --target mlsx
 *
 * A failure prints its target, seed and input, writes the input into the corpus, and ends with exit code 1.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import * as FastCheck from "effect/FastCheck"
import { type Target, targets } from "./targets.ts"

/** A linear reader takes milliseconds for 64 KiB; on a busy machine it takes longer. */
const LIMIT_MILLIS = 2000
const RUNS_AT_ONCE = 200
const DEFAULT_SECONDS = 60

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: String(DEFAULT_SECONDS) },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    target: { type: "string" },
    corpus: { type: "string", default: "fuzz/corpus" }
  }
})

const timed = (target: Target) => async (text: string) => {
  const start = performance.now()
  await target.run(text)
  const millis = performance.now() - start
  if (millis > LIMIT_MILLIS) {
    throw new Error(`took ${Math.round(millis)} ms for ${text.length} characters`)
  }
}

const corpusOf = ({ name }: Target): string => join(values.corpus, `${name}.json`)

const readCorpus = (target: Target): ReadonlyArray<string> =>
  existsSync(corpusOf(target)) ? JSON.parse(readFileSync(corpusOf(target), "utf8")) : []

/** Whether all went well. */
const fuzz = async (target: Target, millis: number, firstSeed: number): Promise<boolean> => {
  const corpus = readCorpus(target)
  const end = performance.now() + millis
  let runs = 0
  for (let seed = firstSeed; seed === firstSeed || performance.now() < end; seed++) {
    const property = FastCheck.asyncProperty(target.input, timed(target))
    const details = await FastCheck.check(property, {
      seed,
      numRuns: RUNS_AT_ONCE,
      // A smaller input is not looked for: each attempt at a slow one may take minutes.
      endOnFailure: true,
      examples: seed === firstSeed ? corpus.map((text): [string] => [text]) : []
    })
    runs += details.numRuns
    if (details.failed) {
      const [input = ""] = details.counterexample ?? []
      process.stdout.write(`${target.name}: failed with --seed ${seed}: ${JSON.stringify(input).slice(0, 500)}\n`)
      process.stdout.write(`${details.errorInstance}\n`)
      mkdirSync(values.corpus, { recursive: true })
      writeFileSync(corpusOf(target), `${JSON.stringify([...new Set([...corpus, input])], null, 2)}\n`)
      return false
    }
  }
  process.stdout.write(`${target.name}: ${runs} inputs\n`)
  return true
}

const scratch = mkdtempSync(join(tmpdir(), "ftp-effect-fuzz-"))
try {
  const seed = Number(values.seed)
  const all = targets(join(scratch, "x"))
  const chosen = all.filter(({ name }) => values.target === undefined || name === values.target)
  if (chosen.length === 0 || !(Number(values.seconds) >= 0) || !Number.isInteger(seed)) {
    throw new RangeError(
      `--seconds and --seed are numbers, --target is one of ${all.map(({ name }) => name).join(", ")}`
    )
  }
  process.stdout.write(`seed ${seed}\n`)
  const results: Array<boolean> = []
  for (const target of chosen) {
    results.push(await fuzz(target, (Number(values.seconds) * 1000) / chosen.length, seed))
  }
  process.exitCode = results.every((passed) => passed) ? 0 : 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
