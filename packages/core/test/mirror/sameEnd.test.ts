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

/** Short names, so that both trees often have the same ones, as files and as directories, and in both Unicode forms. */
const files = (() => {
  const name = Arbitrary.constantFrom("a", "b", "A", "x.tmp", "caf\u00e9", "cafe\u0301")
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
})()

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

type Given = readonly [
  before: Record<string, string>,
  after: Record<string, string>,
  age: number,
  options: FtpMirror.MirrorOptions,
  server: FtpTestServer.Options
]

/** Fails if both ways from one tree to another have different ends. */
const demandSameEnd = (...[before, after, age, options, server]: Given) => {
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
  return Effect.runPromise(same.pipe(Effect.provide(stage(server)), Effect.provide(TestContext.TestContext)))
}

const [NFC, NFD] = ["caf\u00e9", "cafe\u0301"]

/** What the target has, and the source. */
const FORMS: ReadonlyArray<readonly [string, Record<string, string>, Record<string, string>]> = [
  [
    "one name in two directories of one name",
    { [`${NFC}/${NFD}`]: "1", [`${NFD}/${NFD}`]: "1" },
    { [`${NFC}/${NFC}`]: "2" }
  ],
  ["the same in the source", { [`${NFC}/${NFD}`]: "1" }, { [`${NFC}/${NFC}`]: "2", [`${NFD}/${NFD}`]: "3" }],
  ["both forms in the source, one in the target", { [NFD]: "1" }, { [NFC]: "2", [NFD]: "3" }],
  ["both forms in the target, one in the source", { [NFC]: "1", [NFD]: "1" }, { [NFC]: "2" }],
  ["a directory in one form, a file in the other", { [`${NFD}/a`]: "1" }, { [NFC]: "2", [`${NFD}/b`]: "3" }],
  ["a directory in each form", { [`${NFD}/a`]: "1" }, { [`${NFC}/a`]: "2", [`${NFD}/b`]: "3" }]
]

describe("a mirror that copies while it reads", () => {
  for (const [what, before, after] of FORMS) {
    it.effect(`has the same end as a plan that is done with Unicode forms: ${what}`, () =>
      Effect.promise(() => demandSameEnd(before, after, 50, {}, {}))
    )
  }

  it.effect(
    "has the same end as a plan of both trees that is done, whatever they have",
    () =>
      Effect.promise(() =>
        Arbitrary.assert(
          Arbitrary.asyncProperty(
            files,
            files,
            Arbitrary.integer({ min: 0, max: 90 }),
            options,
            servers,
            demandSameEnd
          ),
          { numRuns: RUNS }
        )
      ),
    TIMEOUT_MS
  )
})
