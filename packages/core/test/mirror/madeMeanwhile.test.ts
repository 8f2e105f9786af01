/** What another run makes in a local target while a mirror is under way. */
import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile, FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { hasher } from "../support/hasher.ts"
import { inTime } from "../support/inTime.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { commands } from "../support/server.ts"
import { disk, down, onDisk, withHasher } from "./stage.ts"

/** Too large for the short way. */
const LARGE = "x".repeat(300_000)

const ROOT = { "www/a": "a of the server", "www/b": "b", "www/d/large": LARGE }

type Files = MemoryFiles.MemoryFiles["Type"]

/** Mirrors, and does `act` once when the step about a path has begun, or has moved. */
const meanwhile = (
  path: string,
  act: (files: Files, step: FtpMirror.MirrorResult["done"][number]) => void,
  options: FtpMirror.MirrorOptions = {},
  when: "Started" | "Progress" = "Started"
) =>
  Effect.gen(function* () {
    const files = yield* MemoryFiles.MemoryFiles
    const events: Array<FtpMirror.MirrorEvent> = []
    let isDone = false
    const result = yield* down({
      ...options,
      onEvent: (event) => {
        events.push(event)
        if (event._tag === when && event.step.path === path && !isDone) {
          isDone = true
          act(files, event.step)
        }
      }
    })
    const ends = events.flatMap((event) => ("step" in event && event.step.path === path ? [event._tag] : []))
    return { result, ends: ends.filter((tag) => tag !== "Progress") }
  })

const put =
  (content: string, age = 0) =>
  (files: Files, step: FtpMirror.MirrorResult["done"][number]) => {
    const at = "modified" in step && step.modified !== undefined ? step.modified.at : DateTime.unsafeMake(0)
    files.files.set(`/site/${step.path}`, Buffer.from(content))
    files.times.set(`/site/${step.path}`, DateTime.add(at, { seconds: age }))
  }

const WAYS: ReadonlyArray<readonly [string, FtpMirror.MirrorOptions]> = [
  ["while both trees are read", {}],
  ["after both trees were read", { delete: "Extra" }]
]

describe.each(WAYS)("a file that another run has put into the folder, of a mirror that plans %s", (_, options) => {
  it.effect("is reached if it has the size and the time of the source", () =>
    Effect.gen(function* () {
      yield* onDisk({})
      const { ends, result } = yield* meanwhile("a", put("another version"), options)
      expect(result).toMatchObject({ failures: [], isComplete: true, outdated: [], reached: [{ path: "a" }] })
      expect(ends).toEqual(["Started", "Reached"])
      expect(yield* disk).toEqual({ a: "another version", b: "b", "d/large": LARGE })
    }).pipe(Effect.provide(withHasher({ root: ROOT })))
  )

  it.effect.each([
    ["another size", put("theirs")],
    ["another time", put("another version", 60)]
  ] as const)("stays, and fails, if it has %s", ([, act]) =>
    Effect.gen(function* () {
      yield* onDisk({})
      const { ends, result } = yield* meanwhile("a", act, options)
      expect(result.failures).toMatchObject([
        { step: { path: "a" }, error: { reason: "AlreadyExists", detail: expect.stringContaining("made meanwhile") } }
      ])
      expect([result.isComplete, result.reached, ends]).toEqual([false, [], ["Started", "Failed"]])
    }).pipe(Effect.provide(withHasher({ root: ROOT })))
  )

  it.effect("is reached if it is as new as its download, where times are not kept", () =>
    Effect.gen(function* () {
      yield* onDisk({})
      const { result } = yield* meanwhile("a", put("another version", 60), { ...options, times: "Now" })
      expect(result).toMatchObject({ failures: [], isComplete: true, reached: [{ path: "a" }] })
    }).pipe(Effect.provide(withHasher({ root: ROOT })))
  )

  it.effect("stays, and is no failure, if only missing ones are copied", () =>
    Effect.gen(function* () {
      yield* onDisk({})
      const { ends, result } = yield* meanwhile("a", put("theirs"), { ...options, only: "Missing" })
      expect(result).toMatchObject({ failures: [], isComplete: true, outdated: [{ step: { path: "a" } }] })
      expect(ends).toEqual(["Started", "Outdated"])
      expect(yield* disk).toMatchObject({ a: "theirs" })
    }).pipe(Effect.provide(withHasher({ root: ROOT })))
  )

  it.effect("stays if it is newer, and only newer ones are copied; an older one fails", () =>
    Effect.gen(function* () {
      yield* onDisk({})
      const newer = yield* meanwhile("a", put("theirs", 60), { ...options, only: "Newer" })
      expect(newer.result).toMatchObject({ failures: [], isComplete: true, outdated: [{ step: { path: "a" } }] })
      yield* onDisk({})
      const older = yield* meanwhile("a", put("theirs", -60), { ...options, only: "Newer" })
      expect(older.result).toMatchObject({ isComplete: false, failures: [{ step: { path: "a" } }] })
      expect(yield* disk).toMatchObject({ a: "theirs" })
    }).pipe(Effect.provide(withHasher({ root: ROOT })))
  )

  it.effect("is not fetched if it is a larger one that is there when its turn comes", () =>
    Effect.gen(function* () {
      yield* onDisk({})
      const { ends, result } = yield* meanwhile("d/large", put("y".repeat(LARGE.length)), options)
      expect(result).toMatchObject({ failures: [], isComplete: true, reached: [{ path: "d/large" }] })
      expect((yield* commands).filter((line) => /RETR .*large/.test(line))).toEqual([])
      expect(ends).toEqual(["Started", "Reached"])
    }).pipe(Effect.provide(withHasher({ root: ROOT })))
  )

  it.effect("leaves nothing of a larger one that was being fetched", () =>
    Effect.gen(function* () {
      yield* onDisk({})
      const { result } = yield* meanwhile("d/large", put("y".repeat(LARGE.length)), options, "Progress")
      expect(result).toMatchObject({ failures: [], isComplete: true, reached: [{ path: "d/large" }] })
      expect(Object.keys(yield* disk).sort()).toEqual(["a", "b", "d/large"])
    }).pipe(Effect.provide(withHasher({ root: ROOT })))
  )

  it.effect("is looked at again when all else is done, if the other run was fetching it", () =>
    Effect.gen(function* () {
      yield* onDisk({})
      const files = yield* FtpLocalFile
      const memory = yield* MemoryFiles.MemoryFiles
      let step: FtpMirror.MirrorResult["done"][number] | undefined
      // The other run ends right after it was asked for.
      const claim: FtpLocalFile["claim"] = (path) =>
        Effect.suspend(() => {
          if (step === undefined || !path.includes("large")) {
            return files.claim(path)
          }
          put("y".repeat(LARGE.length))(memory, step)
          return new FtpLocalFileError({ reason: "InUse", operation: "Open", path, detail: "of another run" })
        })
      const { ends, result } = yield* Effect.provide(
        meanwhile(
          "d/large",
          (_, begun) => {
            step = begun
          },
          options
        ),
        Layer.succeed(FtpLocalFile, { ...files, claim })
      )
      expect(result).toMatchObject({ failures: [], isComplete: true, reached: [{ path: "d/large" }] })
      expect(ends).toEqual(["Started", "Failed", "Started", "Reached"])
    }).pipe(Effect.provide(withHasher({ root: ROOT })))
  )
})

describe.each(WAYS)("a file that another run is fetching into the folder, of a mirror that plans %s", (_, options) => {
  const PARTIAL = "/site/d/large.ftp-effect.part"

  /** The other run: `then` is what it does when it is asked for the nth time whether it has the file. */
  const another = (
    then: (files: Files, asked: number, step: FtpMirror.MirrorResult["done"][number]) => "Has" | "Ended"
  ) =>
    Effect.gen(function* () {
      yield* onDisk({})
      const files = yield* FtpLocalFile
      const memory = yield* MemoryFiles.MemoryFiles
      let step: FtpMirror.MirrorResult["done"][number] | undefined
      let asked = 0
      const claim: FtpLocalFile["claim"] = (path) =>
        Effect.suspend(() =>
          step !== undefined && path === PARTIAL && then(memory, ++asked, step) === "Has"
            ? new FtpLocalFileError({ reason: "InUse", operation: "Open", path, detail: "of another run" })
            : files.claim(path)
        )
      const mirrored = meanwhile(
        "d/large",
        (_, begun) => {
          step = begun
        },
        options
      )
      return yield* Effect.provide(mirrored, Layer.succeed(FtpLocalFile, { ...files, claim }))
    })

  it.effect("is waited for as long as that run is seen to work, and then reached", () =>
    Effect.gen(function* () {
      const { ends, result } = yield* another((files, asked, step) => {
        // Minutes, as each question is a second after the one before at least.
        files.files.set(PARTIAL, Buffer.from("y".repeat(asked)))
        if (asked < 150) {
          return "Has"
        }
        files.files.delete(PARTIAL)
        put("y".repeat(LARGE.length))(files, step)
        return "Ended"
      })
      expect([result.isComplete, result.reached.map(({ path }) => path)]).toEqual([true, ["d/large"]])
      expect(ends).toEqual(["Started", "Failed", "Started", "Reached"])
      expect(yield* disk).toEqual({ a: ROOT["www/a"], b: "b", "d/large": "y".repeat(LARGE.length) })
    }).pipe(Effect.provide(withHasher({ root: ROOT })))
  )

  it.effect("is fetched if that run ends without it", () =>
    Effect.gen(function* () {
      const { ends, result } = yield* another((_, asked) => (asked < 5 ? "Has" : "Ended"))
      expect([result.isComplete, result.reached]).toEqual([true, []])
      expect(ends).toEqual(["Started", "Failed", "Started", "Done"])
      expect(yield* disk).toMatchObject({ "d/large": LARGE })
    }).pipe(Effect.provide(withHasher({ root: ROOT })))
  )

  it.effect("fails if that run has it for a minute without any progress", () =>
    Effect.gen(function* () {
      let last = 0
      const { ends, result } = yield* another((files, asked) => {
        last = asked
        files.files.set(PARTIAL, Buffer.from("y"))
        return "Has"
      })
      expect(result.failures).toMatchObject([{ step: { path: "d/large" }, error: { reason: "InUse" } }])
      expect(ends).toEqual(["Started", "Failed", "Started", "Failed"])
      expect(last).toBeLessThan(70)
    }).pipe(Effect.provide(withHasher({ root: ROOT })))
  )
})

describe("a file that another run has put into the folder, of a mirror that compares by hash", () => {
  const options = { compare: "Hash" } as const

  it.effect("is reached by its content, whatever its time is", () =>
    Effect.gen(function* () {
      yield* onDisk({})
      const { result } = yield* meanwhile("a", put(ROOT["www/a"], 60), options)
      expect(result).toMatchObject({ failures: [], isComplete: true, reached: [{ path: "a" }] })
    }).pipe(Effect.provide(withHasher({ hasher, root: ROOT })))
  )

  it.effect("fails if its content is another one, whatever its time is", () =>
    Effect.gen(function* () {
      yield* onDisk({})
      const { result } = yield* meanwhile("a", put("another version"), options)
      expect(result).toMatchObject({ reached: [], failures: [{ step: { path: "a" } }] })
    }).pipe(Effect.provide(withHasher({ hasher, root: ROOT })))
  )
})

describe("a link that another run has made in the folder", () => {
  const links = { links: "Copy" } as const
  const root = { "www/a": "a", "www/l": { link: "a" } }

  it.effect.each([
    ["is reached if it leads to the same file", "a", []],
    ["stays, and fails, if it leads elsewhere", "b", ["l"]]
  ] as const)("%s", ([, to, failed]) =>
    Effect.gen(function* () {
      yield* onDisk({})
      const { result } = yield* meanwhile("l", ({ links }) => void links.set("/site/l", to), links)
      expect(result.failures.map(({ step }) => step.path)).toEqual(failed)
      expect(result.reached.map(({ path }) => path)).toEqual(failed.length === 0 ? ["l"] : [])
    }).pipe(Effect.provide(withHasher({ root })))
  )
})

describe("two mirrors with a manifest into one folder at once", () => {
  const options = { manifest: true } as const
  const MANIFEST = ".ftp-effect-manifest.json"

  it.effect("keep what both know, whichever ends last", () =>
    Effect.gen(function* () {
      yield* onDisk({})
      yield* down(options)
      const other = (yield* disk)[MANIFEST] ?? ""
      yield* onDisk({})
      const { result } = yield* meanwhile(
        "a",
        (files, step) => {
          put("another version")(files, step)
          files.files.set(`/site/${MANIFEST}`, Buffer.from(other))
        },
        options
      )
      expect(result.reached.map(({ path }) => path)).toEqual(["a"])
      expect(Object.keys(JSON.parse((yield* disk)[MANIFEST] ?? "{}").files)).toEqual(["a", "b", "d/large"])
    }).pipe(Effect.provide(withHasher({ root: ROOT })))
  )

  it.effect("keep what both know of a file that was there when a plan was applied", () =>
    Effect.gen(function* () {
      yield* onDisk({})
      yield* down(options)
      const other = (yield* disk)[MANIFEST] ?? ""
      yield* onDisk({})
      const [source, target] = [yield* FtpMirror.remote("www"), yield* FtpMirror.local("/site")]
      const plan = yield* inTime(FtpMirror.plan(source, target, options))
      const files = yield* MemoryFiles.MemoryFiles
      const [step] = plan.steps.filter(({ path }) => path === "a")
      put("another version")(files, step ?? expect.fail())
      const events: Array<string> = []
      const result = yield* inTime(
        FtpMirror.apply(plan, source, target, {
          onEvent: (event) => {
            if ("step" in event && event.step.path === "a") {
              events.push(event._tag)
            } else if (event._tag === "Started") {
              files.files.set(`/site/${MANIFEST}`, Buffer.from(other))
            }
          }
        })
      )
      expect([events, result.reached.map(({ path }) => path)]).toEqual([["Reached"], ["a"]])
      expect(Object.keys(JSON.parse((yield* disk)[MANIFEST] ?? "{}").files)).toEqual(["a", "b", "d/large"])
    }).pipe(Effect.provide(withHasher({ root: ROOT })))
  )

  it.effect("write it one after the other", () =>
    Effect.gen(function* () {
      yield* onDisk({})
      const files = yield* FtpLocalFile
      let asked = 0
      const claim: FtpLocalFile["claim"] = (path) =>
        Effect.suspend(() =>
          path === `/site/${MANIFEST}.ftp-effect.part` && asked++ < 3
            ? new FtpLocalFileError({ reason: "InUse", operation: "Open", path, detail: "of another run" })
            : files.claim(path)
        )
      const result = yield* Effect.provide(down(options), Layer.succeed(FtpLocalFile, { ...files, claim }))
      expect([asked, result.manifestError]).toEqual([4, undefined])
      expect(Object.keys(JSON.parse((yield* disk)[MANIFEST] ?? "{}").files)).toEqual(["a", "b", "d/large"])
    }).pipe(Effect.provide(withHasher({ root: ROOT })))
  )

  it.effect("claim no file that no manifest claims", () =>
    Effect.gen(function* () {
      yield* onDisk({})
      const { result } = yield* meanwhile("a", put("another version"), options)
      expect(result.reached.map(({ path }) => path)).toEqual(["a"])
      expect(Object.keys(JSON.parse((yield* disk)[MANIFEST] ?? "{}").files)).toEqual(["b", "d/large"])
    }).pipe(Effect.provide(withHasher({ root: ROOT })))
  )
})
