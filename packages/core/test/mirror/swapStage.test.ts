/** The unfinished tree of an earlier run: what of it is sent again, and what must not go live with it. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { onDisk, SITE, served, stage, up, withHasher } from "./stage.ts"
import { beside, interruptedAt, isStage, markerOf, NAMES, OLD, recovers, SWAP, told, withHooks } from "./swapping.ts"

describe("the tree of a swap that was interrupted", () => {
  it.effect("is not continued, but begun anew, if the stage has other content: what is too much there goes", () =>
    withHooks(OLD, () =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk({ ...SITE, "gone/by/then.txt": "gone", "css/site.css": "before" })
        yield* interruptedAt("Staged")
        yield* onDisk(SITE)
        const [stage = ""] = (yield* beside).filter((path) => /-next-/.test(path))
        yield* server.write(`${stage}/stranger.txt`, "not ours")
        yield* recovers(["Claimed", "Staged", "Swapped"])
      })
    )
  )

  it.effect("is continued with what is missing in directories of the stage whose listing breaks", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk(SITE)
        yield* interruptedAt("Staged")
        const [stage = ""] = (yield* beside).filter(isStage)
        yield* server.store.removeFile(`${stage}/css/site.css`)
        yield* server.store.removeFile(`${stage}/img/deep/b.png`)
        let isClaimed = false
        hooks.listed = (path, found) => {
          const breaks = isClaimed && isStage(path)
          isClaimed &&= !breaks
          // Both tries of both directories.
          return breaks
            ? Effect.as(server.fault({ _tag: "CloseControl", verb: "MLSD", times: 4 }), found)
            : Effect.succeed(found)
        }
        const result = yield* up({
          ...SWAP,
          onEvent: (event) => {
            isClaimed ||= event._tag === "Swap" && event.state === "Claimed"
          }
        })
        expect(result.published._tag).toBe("Swapped")
        expect(result.reached.map(({ path }) => path)).toEqual(["index.html"])
        expect(yield* served("/www/")).toEqual(SITE)
        expect(yield* beside).toEqual(["/www"])
      })
    )
  )

  it.effect("is begun anew on a server that hides files, as what is hidden in the stage would be live unseen", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        hooks.listed = (_, found) => Effect.succeed(found.filter(({ name }) => !name.startsWith(".")))
        yield* onDisk({ ...SITE, ".htaccess": "Deny from all" })
        yield* interruptedAt("Staged")
        yield* onDisk(SITE)
        const states: Array<string> = []
        yield* up(told(states))
        expect(states).toEqual(["Staging", "Staged", "Swapped"])
        expect(yield* served("/www/")).toEqual(SITE)
        expect((yield* server.tree).map(({ path }) => path)).not.toContain("/www/.htaccess")
      })
    )
  )

  it.effect("is not continued if it is claimed, and its root can't be listed to its end then", () =>
    withHooks(OLD, () =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk(SITE)
        yield* interruptedAt("Staged")
        const error = yield* Effect.flip(
          up({
            ...SWAP,
            onEvent: (event) => {
              if (event._tag === "Swap" && event.state === "Claimed") {
                Effect.runSync(server.fault({ _tag: "StrayLine", verb: "MLSD", line: "?" }))
              }
            }
          })
        )
        expect(error).toMatchObject({ _tag: "FtpListingError", reason: "Unreadable" })
        expect(yield* served("/www/")).toEqual({ "index.html": "old", "old.txt": "old" })
        yield* recovers(["Claimed", "Staged", "Swapped"])
      })
    )
  )

  it.effect("is removed on a server that hides files, if nothing but its token is hidden", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        hooks.listed = (_, found) => Effect.succeed(found.filter(({ name }) => !name.startsWith(".")))
        yield* onDisk(SITE)
        yield* interruptedAt("Staged")
        const states: Array<string> = []
        yield* up(told(states))
        expect(states).toEqual(["Staging", "Staged", "Swapped"])
        expect(yield* beside).toEqual(["/www"])
      })
    )
  )

  it.effect("has no manifest of that run, if this one is to have none", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      yield* interruptedAt("Staged", { ...SWAP, manifest: true })
      yield* recovers(["Claimed", "Staged", "Swapped"])
    }).pipe(Effect.provide(withHasher({ root: OLD })))
  )

  it.effect("has files that are verified alone, although a server that sets no times does not show which are", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      yield* up(SWAP)
      const stored = (yield* server.commands).filter((line) => /^STOR .*-next-/.test(line))
      expect(stored.length).toBeGreaterThanOrEqual(Object.keys(SITE).length)
      expect(stored.filter((line) => /\/[^./][^/]*$/.test(line))).toEqual([])
      expect(yield* served("/www/")).toEqual(SITE)
    }).pipe(Effect.provide(stage({ root: OLD, denied: ["MFMT"] })))
  )

  it.effect("is told as taken, if it is gone while it is sent", () =>
    withHooks(OLD, () =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk(SITE)
        const taken = "/www.ftp-effect-next-19700101000000-0123abcd"
        const { failures, published } = yield* up({
          ...SWAP,
          onEvent: (event) => {
            if (event._tag === "Swap" && event.state === "Staging") {
              Effect.runSync(server.store.rename(`/${event.path}`, taken))
            }
          }
        })
        expect(failures.length).toBeGreaterThan(0)
        expect(published).toMatchObject({ because: "StageTaken", live: "Old", stage: undefined })
        expect(yield* beside).toContain(taken)
      })
    )
  )
})

describe("the old tree of a swap", () => {
  it.effect("does not get its name back if another run makes a new one live at that moment", () =>
    withHooks(
      {
        [NAMES.marker]: markerOf(),
        [`${NAMES.previous}/old.txt`]: "old"
      },
      (hooks) =>
        Effect.gen(function* () {
          const server = yield* FtpTestServer.FtpTestServer
          yield* onDisk(SITE)
          let isLive = false
          hooks.asked = (path) => {
            const makes = !isLive && path === `/${NAMES.previous}`
            isLive ||= makes
            return makes
              ? Effect.orDie(
                  Effect.zipRight(server.store.makeDirectory("/www"), server.write("/www/index.html", "<h1>"))
                )
              : Effect.void
          }
          const states: Array<string> = []
          yield* up(told(states))
          expect(isLive).toBe(true)
          expect(states).toEqual(["Staging", "Staged", "Swapped"])
          expect(yield* served("/www/")).toEqual(SITE)
          expect(yield* served(`/${NAMES.previous}/`)).toEqual({ "old.txt": "old" })
        })
    )
  )

  it.effect("is not replaced if a file of it has grown meanwhile to a size that is protected", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      const { published } = yield* up({
        ...SWAP,
        filter: { maxBytes: 100 },
        onEvent: (event) => {
          if (event._tag === "Swap" && event.state === "Staged") {
            Effect.runSync(server.write("/www/index.html", "x".repeat(101)))
          }
        }
      })
      expect(published).toMatchObject({ because: "TargetChanged", live: "Old", paths: ["index.html"] })
    }).pipe(Effect.provide(stage({ root: OLD })))
  )

  it.effect("is left with its path if it has got an upload right before the renames", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk(SITE)
        hooks.before = (from) => (from === "/www" ? server.write("/www/visitor.txt", "mine") : Effect.void)
        const { done, isComplete, published } = yield* up(SWAP)
        expect([isComplete, published]).toMatchObject([
          true,
          { _tag: "Swapped", previous: "Left", paths: ["visitor.txt"] }
        ])
        expect(done.filter(({ _tag }) => _tag === "Remove")).toEqual([])
        const { previousPath } = published as { readonly previousPath?: string }
        expect(yield* served(`/${previousPath}/`)).toMatchObject({ "visitor.txt": "mine", "old.txt": "old" })
        expect(yield* served("/www/")).toEqual(SITE)
        hooks.before = () => Effect.void
        expect((yield* up(SWAP)).published._tag).toBe("Unchanged")
        expect(yield* beside).toEqual(["/www", `/${previousPath}`])
      })
    )
  )

  it.effect("is left then also by the next run, if the token and the marker could not be removed", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk(SITE)
        hooks.before = (from) => (from === "/www" ? server.write("/www/visitor.txt", "mine") : Effect.void)
        yield* server.fault({ _tag: "Refuse", verb: "DELE", reply: "550 Permission denied.", times: 10 })
        const { published } = yield* up(SWAP)
        expect(published).toMatchObject({ _tag: "Swapped", previous: "Left", paths: ["visitor.txt"] })
        const { previousPath } = published as { readonly previousPath?: string }
        expect((yield* beside).length).toBe(3)

        hooks.before = () => Effect.void
        yield* server.clearFaults
        expect((yield* up(SWAP)).published._tag).toBe("Unchanged")
        expect(yield* served(`/${previousPath}/`)).toMatchObject({ "visitor.txt": "mine", "old.txt": "old" })
        expect(yield* served("/www/")).toEqual(SITE)
        expect(yield* beside).toEqual(["/www", `/${previousPath}`])
      })
    )
  )
})
