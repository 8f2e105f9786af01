/**
 * A service as promises, member by member, by one rule in types and the same at run time:
 *
 *     Effect<A>                ──► (options?) => Promise<Plain<A>>
 *     (...args) => Effect<A>   ──► (...args, options?) => Promise<Plain<A>>
 *     (...args) => Stream<A>   ──► (...args, options?) => AsyncIterable<Plain<A>>
 *     any other value          ──► Plain<value>
 *
 * `options` is the method's own, where it has them as its last argument, and takes a `signal` besides. What the
 * core's services gain, these gain.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import * as Abort from "./abort.ts"
import * as Callbacks from "./callbacks.ts"
import { wrongArgument } from "./callCheck.ts"
import { type Given, given, type Plain, plain } from "./plain.ts"
import * as Retries from "./retries.ts"
import type { Runner } from "./runner.ts"
import type { ClientService, SessionService } from "./services.ts"
import * as Source from "./source.ts"

/**
 * What every call takes.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallOptions {
  /** Ends the call; it rejects with the signal's reason once everything that it opened is closed. */
  readonly signal?: AbortSignal | undefined
}

/**
 * The methods of a service as promises: see the rule at the top of this file.
 *
 * @since 0.1.0
 * @category models
 */
export type Promised<S> = { readonly [K in keyof S]: Member<S[K]> }

/** An Option is an Effect as well, and an Effect is a Stream as well: hence the order, here and below. */
type Member<T> = [T] extends [Option.Option<unknown>]
  ? Plain<T>
  : [T] extends [Effect.Effect<infer A, infer _E, infer _R>]
    ? (options?: CallOptions) => Promise<Plain<A>>
    : [T] extends [(...args: infer Args) => infer Out]
      ? [Out] extends [Effect.Effect<infer A, infer _E, infer _R>]
        ? (...args: Call<Args>) => Promise<Plain<A>>
        : [Out] extends [Stream.Stream<infer A, infer _E, infer _R>]
          ? (...args: Call<Args>) => AsyncIterable<Plain<A>>
          : (...args: GivenAll<Args>) => Plain<Out>
      : Plain<T>

/** Our methods have one optional argument at most, the last, which is an object of options. */
type Call<Args extends ReadonlyArray<unknown>> = Args["length"] extends Required<Args>["length"]
  ? [...args: GivenAll<Args>, options?: CallOptions]
  : Required<Args> extends [...infer Init, infer Last]
    ? [...args: GivenAll<Init>, options?: Given<NonNullable<Last>> & CallOptions]
    : never

type GivenAll<Args extends ReadonlyArray<unknown>> = { [K in keyof Args]: Given<Args[K]> }

export const derive = <S extends object>(service: S, runner: Runner): Promised<S> =>
  // Checked by the tests of FtpPromise: the compiler can't follow a loop over keys.
  Object.fromEntries(Object.entries(service).map(([key, value]) => [key, member(key, value, runner)])) as Promised<S>

const member = (name: string, value: unknown, runner: Runner): unknown => {
  if (isEffect(value) && !Option.isOption(value)) {
    return (options?: CallOptions) => answer(value, runner, options?.signal, Callbacks.make())
  }
  if (typeof value !== "function") {
    return plain(value)
  }
  return (...args: ReadonlyArray<unknown>) => {
    const signal = signalOf(args.at(-1))
    if (runner.refuses(signal)) {
      args.forEach(Source.discard)
    }
    const wrong = wrongArgument(name, args)
    if (wrong !== undefined) {
      args.forEach(Source.discard)
      return STREAMS.has(name) ? runner.iterate(Stream.fail(wrong), signal) : runner.run(Effect.fail(wrong), signal)
    }
    const call = (callbacks: Callbacks.Callbacks): unknown =>
      value(...args.map((arg) => given(Retries.inOptions(arg), callbacks)))
    if (STREAMS.has(name)) {
      return runner.iterate(iteration(call), signal)
    }
    try {
      const callbacks = Callbacks.make()
      return answer(call(callbacks), runner, signal, callbacks)
    } catch (error) {
      args.forEach(Source.discard)
      return Promise.reject(error)
    }
  }
}

/** The methods that return iterables: a wrong argument of theirs rejects the first `next`. */
const STREAMS: ReadonlySet<string> = new Set<keyof ClientService | keyof SessionService>([
  "download",
  "downloadTreeEvents",
  "entries",
  "receive",
  "uploadTreeEvents",
  "walk"
])

/** Each iteration is a call of its own, whose callbacks concern no other one. */
const iteration = (call: (callbacks: Callbacks.Callbacks) => unknown): Stream.Stream<unknown, unknown> =>
  Stream.unwrap(
    Effect.try({
      try: () => {
        const callbacks = Callbacks.make()
        // By `STREAMS`.
        return callbacks.onStream(Stream.map(call(callbacks) as Stream.Stream<unknown, unknown>, plain))
      },
      catch: (error) => error
    })
  )

const answer = (
  result: unknown,
  runner: Runner,
  signal: AbortSignal | undefined,
  { onEffect, onStream }: Callbacks.Callbacks
): unknown =>
  isEffect(result)
    ? runner.run(onEffect(Effect.map(result, plain)), signal)
    : isStream(result)
      ? runner.iterate(onStream(Stream.map(result, plain)), signal)
      : plain(result)

/** Their context is provided already: `Promised` is made of services whose methods need nothing. */
const isEffect = (value: unknown): value is Effect.Effect<unknown, unknown> => Effect.isEffect(value)

const isStream = (value: unknown): value is Stream.Stream<unknown, unknown> =>
  Predicate.hasProperty(value, Stream.StreamTypeId)

const signalOf = (value: unknown): AbortSignal | undefined =>
  Predicate.hasProperty(value, "signal") && Abort.isSignal(value.signal) ? value.signal : undefined
