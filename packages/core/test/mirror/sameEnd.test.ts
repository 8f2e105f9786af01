/** A mirror that copies while it reads, and a plan that is made first and then done: both have the same end. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Arbitrary from "effect/FastCheck"
import * as TestContext from "effect/TestContext"
import { inTime } from "../support/inTime.ts"
import { onDisk, served, stage, up } from "./stage.ts"

const RUNS = 8

const TIMEOUT_MS = 240_000

/**
 * Short names, so that both trees often have the same ones, as files and as directories. A tree has one form of `café`: of
 * two that are one name, the one that is met first is taken, and directories are not met in the same order.
 */
const filesWith = (accented: "caf\u00e9" | "cafe\u0301") => {
  const name = Arbitrary.constantFrom("a", "b", "A", "x.tmp", accented)
  const path = Arbitrary.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"))
  const file = Arbitrary.tuple(path, Arbitrary.constantFrom("1", "2", "long"))
  return Arbitrary.array(file, { maxLength: 8 }).map((pairs) => {
    const tree = new Map([["keep", "keep"]])
    for (const [path, content] of pairs) {
      const isTaken = [...tree.keys()].some((other) => other.startsWith(`${path}/`) || path.startsWith(`${other}/`))
      if (!isTaken) {
        tree.set(path, content)
      }
    }
    return Object.fromEntries(tree)
  })
}

const options: Arbitrary.Arbitrary<FtpMirror.MirrorOptions> = Arbitrary.record({
  // With "Nothing", a mirror that copies while it reads does not ask what the server has.
  compare: Arbitrary.constantFrom("SizeAndTime", "Size", "Time"),
  only: Arbitrary.constantFrom("All", "Newer", "Missing", "Existing"),
  filter: Arbitrary.constantFrom({}, { patterns: ["*.tmp"] }, { patterns: ["/a/"] }),
  last: Arbitrary.constantFrom([], ["b"]),
  times: Arbitrary.constantFrom("IfPossible", "Now")
})

const servers: Arbitrary.Arbitrary<FtpTestServer.Options> = Arbitrary.constantFrom(
  {},
  { denied: ["MLSD", "MLST"] },
  { denied: ["MFMT"] }
)

const sorted = (texts: ReadonlyArray<string>) => [...texts].sort()

const told = ({ done, failures, isComplete, leftOut, plan }: FtpMirror.MirrorResult) => ({
  done: sorted(done.map(({ _tag, path }) => `${_tag} ${path}`)),
  failures: sorted(failures.map(({ step: { path } }) => path)),
  leftOut: sorted(leftOut.map(({ path }) => path)),
  skipped: sorted(plan.skipped.map(({ path, reason }) => `${reason} ${path}`)),
  unchanged: plan.unchanged,
  isComplete
})

const nodes = (root: string) =>
  Effect.map(
    Effect.flatMap(FtpTestServer.FtpTestServer, ({ tree }) => tree),
    (all) =>
      sorted(all.flatMap(({ path, type }) => (path.startsWith(root) ? [`${type} ${path.slice(root.length)}`] : [])))
  )

describe("a mirror that copies while it reads", () => {
  it.effect(
    "has the same end as a plan of both trees that is done, whatever they have",
    () =>
      Effect.promise(() =>
        Arbitrary.assert(
          Arbitrary.asyncProperty(
            filesWith("caf\u00e9"),
            filesWith("cafe\u0301"),
            Arbitrary.integer({ min: 0, max: 90 }),
            options,
            servers,
            (...given) => {
              const [before, after, age, options, server] = given
              const same = Effect.gen(function* () {
                yield* onDisk(before)
                yield* up({}, "one")
                yield* up({}, "two")
                yield* onDisk(after, age)
                const trees = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("two")] as const
                const streamed = yield* up(options, "one")
                const plan = yield* inTime(FtpMirror.plan(...trees, options))
                const planned = yield* inTime(FtpMirror.apply(plan, ...trees, { recheck: false }))
                expect(told(streamed)).toEqual(told(planned))
                expect(yield* served("/one/")).toEqual(yield* served("/two/"))
                expect(yield* nodes("/one/")).toEqual(yield* nodes("/two/"))
              })
              return Effect.runPromise(
                same.pipe(Effect.provide(stage(server)), Effect.provide(TestContext.TestContext))
              )
            }
          ),
          { numRuns: RUNS }
        )
      ),
    TIMEOUT_MS
  )
})
