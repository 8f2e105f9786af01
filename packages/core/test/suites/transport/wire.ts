/** Two ends of a connection and what the transport's suite does with them. */
import { assert } from "@effect/vitest"
import { type Connection, type ConnectOptions, FtpTransport, type Listener } from "@ftp-effect/core/FtpTransport"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"

export interface SuiteOptions<R> {
  /** How many bytes may sit between a writer and a reader that does not read. */
  readonly mostBuffered: number
  /** A name that stands for 127.0.0.1 and ::1. */
  readonly bothFamilies: string
  /** Fails unless every socket and listener is closed. */
  readonly nothingOpen: Effect.Effect<void, never, R>
}

/** Declares one test, after which nothing may be open. */
export type Test = (title: string, body: Effect.Effect<void, unknown, FtpTransport | Scope.Scope>) => void

export const KIB = 1024
export const MIB = 1024 * KIB

/**
 * Lets the event loop turn. On one machine what an end sent is with the other a turn later, so this stands in for
 * waiting, and no time is waited.
 */
export const turns = (count: number): Effect.Effect<void> =>
  Effect.async((resume) => {
    const turn = (left: number) => (left === 0 ? resume(Effect.void) : void setImmediate(turn, left - 1))
    turn(count)
  })

/** So many turns without a change mean that nothing will change by itself. */
export const STILL = 300

export const untilStill = (value: () => number): Effect.Effect<void> =>
  Effect.gen(function* () {
    let before = -1
    for (let still = 0; still < STILL; still++) {
      if (value() !== before) {
        before = value()
        still = 0
      }
      yield* turns(1)
    }
  })

export const connectTo = (listener: Listener, over: Partial<ConnectOptions> = {}) =>
  Effect.flatMap(FtpTransport, (transport) =>
    transport.connect({
      host: listener.address.host,
      port: listener.address.port,
      family: "Any",
      timeout: Duration.seconds(5),
      role: "Data",
      ...over
    })
  )

export const listenOn = (host: string) =>
  Effect.flatMap(FtpTransport, (transport) => transport.listen({ host, ports: "Any" }))

export const pair = (over: Partial<ConnectOptions> = {}) =>
  Effect.gen(function* () {
    const listener = yield* listenOn("127.0.0.1")
    const [dialled, accepted] = yield* Effect.all([connectTo(listener, over), listener.accept], { concurrency: 2 })
    return { listener, dialled, accepted }
  })

export type Pair = Effect.Effect.Success<ReturnType<typeof pair>>

/** Every behaviour is looked at from both ends: they are different code in a transport. */
export const directions = [
  { from: "dialler", to: "listener", ends: ({ accepted, dialled }: Pair) => [dialled, accepted] as const },
  { from: "listener", to: "dialler", ends: ({ accepted, dialled }: Pair) => [accepted, dialled] as const }
]

export const pattern = (length: number, seed: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  for (let index = 0; index < length; index++) {
    bytes[index] = (index * 31 + (index >> 8) * 7 + seed) & 0xff
  }
  return bytes
}

export const readAll = (connection: Connection) =>
  Effect.gen(function* () {
    const parts: Array<Uint8Array> = []
    for (;;) {
      const next = yield* connection.read
      if (Option.isNone(next)) {
        return Buffer.concat(parts)
      }
      assert.isAbove(next.value.byteLength, 0)
      parts.push(next.value.slice())
    }
  })

export const readAtLeast = (connection: Connection, length: number) =>
  Effect.gen(function* () {
    const parts: Array<Uint8Array> = []
    let total = 0
    while (total < length) {
      const bytes = Option.getOrThrow(yield* connection.read)
      parts.push(bytes.slice())
      total += bytes.byteLength
    }
    return Buffer.concat(parts)
  })

export const reasonOf = <A>(effect: Effect.Effect<A, { readonly reason: string }, never>) =>
  Effect.match(effect, { onSuccess: () => "Success", onFailure: (error) => error.reason })

export const writeUntilFailure = (connection: Connection) =>
  reasonOf(Effect.forever(Effect.zipRight(connection.write(pattern(64 * KIB, 1)), turns(1))))
