/** A tree that is swapped on a server whose renames a test can break, and what is beside it. */
import { expect } from "@effect/vitest"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Marker from "#core/mirror/swapMarker"
import { type NamedInfo, StoreError } from "#core/testing/store/FileStore"
import { SITE, served, stage, up } from "./stage.ts"

/** Whatever is too much goes. */
export const SWAP = {
  swap: "RemovePrevious",
  delete: "Extra",
  maxDelete: { _tag: "Percent", percent: 100, free: 0 }
} as const satisfies FtpMirror.MirrorOptions

export const OLD = { "www/index.html": "old", "www/old.txt": "old" }

/** The paths of the root of the server. */
export const beside = Effect.map(
  Effect.flatMap(FtpTestServer.FtpTestServer, ({ tree }) => tree),
  (entries) => entries.map(({ path }) => path).filter((path) => path.lastIndexOf("/") === 0)
)

/** An earlier run. */
export const ID = "19700101000000-0123abcd"

export const NAMES = Marker.namesOf("www", ID)

export const markerOf = (facts: Partial<Marker.Marker> = {}) =>
  Marker.encode(
    Marker.make({ id: ID, target: "www", source: "/site", phase: "Ready", previous: "Remove", beat: 0, ...facts })
  )

export interface Hooks {
  /** Called ahead of each rename, which fails if it does. */
  before: (from: string, to: string) => Effect.Effect<void, StoreError>
  /** Called after each rename, ahead of its reply. */
  after: (from: string, to: string) => Effect.Effect<void>
  /** Called after a path was looked up. */
  asked: (path: string) => Effect.Effect<void>
  /** Called after each directory was read: what is listed of it. */
  listed: (path: string, found: ReadonlyArray<NamedInfo>) => Effect.Effect<ReadonlyArray<NamedInfo>>
}

/** Runs a test on such a server. */
export const withHooks = <A, E, R>(root: Record<string, string>, use: (hooks: Hooks) => Effect.Effect<A, E, R>) => {
  const hooks: Hooks = {
    before: () => Effect.void,
    after: () => Effect.void,
    asked: () => Effect.void,
    listed: (_, found) => Effect.succeed(found)
  }
  const server = Effect.map(FtpTestServer.memory(root), (store) =>
    stage({
      root: {
        ...store,
        stat: (path) =>
          Effect.zipLeft(
            store.stat(path),
            Effect.suspend(() => hooks.asked(path))
          ),
        lstat: (path) =>
          Effect.zipLeft(
            store.lstat(path),
            Effect.suspend(() => hooks.asked(path))
          ),
        list: (path) => Effect.flatMap(store.list(path), (found) => hooks.listed(path, found)),
        rename: (from, to) =>
          Effect.suspend(() => hooks.before(from, to)).pipe(
            Effect.zipRight(store.rename(from, to)),
            Effect.zipLeft(Effect.suspend(() => hooks.after(from, to)))
          )
      }
    })
  )
  return Effect.provide(use(hooks), Layer.unwrapEffect(server))
}

/** A rename that the client gives up: its connection breaks, or the reply takes too long. It is done after all, later. */
export interface LateRename {
  readonly from: string
  readonly isReset: boolean
  readonly after: Duration.DurationInput
}

/** Runs a test on a server that does such a rename. */
export const withLateRename = <A, E, R>(
  files: Record<string, string>,
  { after, from: late, isReset }: LateRename,
  use: Effect.Effect<A, E, R>
) => {
  let reset: Effect.Effect<void> = Effect.void
  const server = Effect.map(FtpTestServer.memory(files), (store) =>
    stage({
      root: {
        ...store,
        rename: (from, to) =>
          from !== late
            ? store.rename(from, to)
            : Effect.forkDaemon(Effect.delay(Effect.ignore(store.rename(from, to)), after)).pipe(
                Effect.zipRight(Effect.suspend(() => (isReset ? reset : Effect.void))),
                Effect.zipRight(Effect.never)
              )
      }
    })
  )
  const used = Effect.flatMap(FtpTestServer.FtpTestServer, ({ resetConnections }) => {
    reset = resetConnections
    return use
  })
  return Effect.provide(used, Layer.unwrapEffect(server))
}

export const refuse = (path: string): Effect.Effect<never, StoreError> =>
  Effect.fail(new StoreError({ reason: "PermissionDenied", path }))

/** Whether a directory is the stage of a swap. */
export const isStage = (path: string): boolean => /^\/www\.ftp-effect-next-[\d\w-]+$/.test(path)

export const isFirst = (from: string): boolean => from === "/www"

export const isSecond = (from: string, to: string): boolean => isStage(from) && to === "/www"

export const isBack = (from: string, to: string): boolean =>
  /^\/www\.ftp-effect-previous-[\d\w-]+$/.test(from) && to === "/www"

/** The states of the swap that a run tells. */
export const told = (events: Array<string>) => ({
  ...SWAP,
  onEvent: (event: FtpMirror.MirrorEvent) => {
    if (event._tag === "Swap") {
      events.push(event.state)
    }
  }
})

/** The next run makes the new tree live, and nothing is left beside it. */
export const recovers = (events: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const states: Array<string> = []
    const result = yield* up(told(states))
    expect(states).toEqual(events)
    expect(result.isComplete).toBe(true)
    expect(yield* served("/www/")).toEqual(SITE)
    expect(yield* beside).toEqual(["/www"])
    return result
  })

/** Interrupts a run at the moment of an event. */
export const interruptedAt = (state: FtpMirror.SwapState, options: FtpMirror.MirrorOptions = SWAP) =>
  Effect.gen(function* () {
    const reached = yield* Deferred.make<void>()
    const fiber = yield* Effect.fork(
      up({
        ...options,
        onEvent: (event) => {
          options.onEvent?.(event)
          if (event._tag === "Swap" && event.state === state) {
            Effect.runSync(Deferred.succeed(reached, undefined))
          }
        }
      })
    )
    yield* Deferred.await(reached)
    yield* Fiber.interrupt(fiber)
  })
