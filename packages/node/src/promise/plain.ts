/**
 * The library's values as a program without Effect has them, by one rule in each direction:
 *
 *     plain   what we return   Option<A> ──► A | undefined    DateTime ──► Date    arrays and plain objects: inside too
 *     given   what we take     Date ──► DateTime.Utc          callbacks get plain arguments   plain objects: inside too
 *                              a callback may return a promise, which the call waits for (`callbacks.ts`); not `enter`
 *
 * Everything else is handed on as it is: bytes, errors, endpoints, secrets, commands, sources. The types below and the
 * functions beside them say the same.
 */
import type { FtpEndpoint } from "@ftp-effect/core/FtpEndpoint"
import { FtpUsageError } from "@ftp-effect/core/FtpError"
import type { FtpSource } from "@ftp-effect/core/FtpSource"
import type { Command } from "@ftp-effect/core/protocol/Command"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { type Callbacks, isPromise } from "./callbacks.ts"

type AsItIs =
  | string
  | number
  | boolean
  | bigint
  | symbol
  | null
  | undefined
  | Uint8Array
  | Date
  | Error
  | AbortSignal
  | FtpEndpoint
  | Command
  | Redacted.Redacted<unknown>
  | FtpSource<unknown, unknown>
  | AsyncIterable<unknown>
  | { readonly getReader: (...args: ReadonlyArray<never>) => unknown }

/**
 * A value as promises have it: an `Option` is its value or `undefined`, a `DateTime` is a `Date`.
 *
 * @since 0.1.0
 * @category models
 */
export type Plain<T> =
  T extends Option.Option<infer A>
    ? Plain<A> | undefined
    : T extends DateTime.DateTime
      ? Date
      : T extends AsItIs | ((...args: ReadonlyArray<never>) => unknown)
        ? T
        : { readonly [K in keyof T]: Plain<T[K]> }

/**
 * What a method takes, in place of a value of the library: see the rule at the top of this file.
 *
 * @since 0.1.0
 * @category models
 */
export type Given<T> = T extends DateTime.DateTime
  ? Date
  : T extends AsItIs
    ? T
    : T extends (...args: infer Args) => infer Out
      ? (...args: { [K in keyof Args]: Plain<Args[K]> }) => Returned<Out>
      : { readonly [K in keyof T]: Given<T[K]> }

/** What a callback returns. It may be an effect as well, for programs that have both. */
type Returned<Out> = Out extends Effect.Effect<infer A, infer _E, infer _R> ? A | PromiseLike<A> | Out : Out

export const plain = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) {
    return value
  }
  if (Option.isOption(value)) {
    return Option.isSome(value) ? plain(value.value) : undefined
  }
  if (DateTime.isDateTime(value)) {
    return DateTime.toDateUtc(value)
  }
  return Array.isArray(value) ? value.map(plain) : isPlainObject(value) ? mapValues(value, plain) : value
}

/** Throws a `FtpUsageError` for a Date that is no time. */
export const given = (value: unknown, callbacks: Callbacks): unknown => {
  if (value instanceof Date) {
    return Option.getOrThrowWith(
      DateTime.make(value),
      () => new FtpUsageError({ argument: "date", why: "it is an invalid Date" })
    )
  }
  if (typeof value === "function") {
    callbacks.expect()
    return (...args: ReadonlyArray<unknown>): unknown => callbacks.returned(value(...args.map(plain)))
  }
  return Array.isArray(value)
    ? value.map((inside) => given(inside, callbacks))
    : isPlainObject(value) && !isUploadable(value)
      ? mapValues(value, (inside, key) =>
          typeof inside !== "function"
            ? given(inside, callbacks)
            : EFFECTFUL.has(key)
              ? effectful(inside as Callback)
              : DECIDING.has(key)
                ? deciding(key, inside as Callback)
                : given(inside, callbacks)
        )
      : value
}

/** The callbacks that the library waits for: their names, in the options of its methods. */
const EFFECTFUL: ReadonlySet<string> = new Set(["onFailure", "onUnread"])

/** The callbacks whose answer the library needs at once. */
const DECIDING: ReadonlySet<string> = new Set(["enter"])

type Callback = (...args: ReadonlyArray<unknown>) => unknown

/** A promise would count as true, whatever comes of it. */
const deciding =
  (name: string, callback: Callback) =>
  (...args: ReadonlyArray<unknown>): unknown => {
    const answer = callback(...args.map(plain))
    if (isPromise(answer)) {
      // The call is rejected already.
      answer.then(undefined, () => {})
      throw new FtpUsageError({ argument: name, why: "must return true or false, not a promise" })
    }
    return answer
  }

/** What the callback throws, or its promise is rejected with, is a rejection of the call. */
const effectful =
  (callback: Callback) =>
  (...args: ReadonlyArray<unknown>): Effect.Effect<unknown> =>
    Effect.suspend(() => {
      const returned = callback(...args.map(plain))
      return Effect.isEffect(returned)
        ? (returned as Effect.Effect<unknown>)
        : Effect.orDie(Effect.tryPromise({ try: async () => returned, catch: (error) => error }))
    })

export const isSource = (value: unknown): value is FtpSource<unknown> =>
  typeof value === "object" && value !== null && "replayable" in value && "open" in value

/** An object literal may be an async iterable or a stream as well. */
const isUploadable = (value: object): boolean =>
  isSource(value) || Symbol.asyncIterator in value || "getReader" in value

const isPlainObject = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (typeof value !== "object" || value === null) {
    return false
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const mapValues = (
  self: Readonly<Record<string, unknown>>,
  f: (value: unknown, key: string) => unknown
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(self).map(([key, value]) => [key, f(value, key)]))
