/** Variables of the environment; one that is not set, or can't be read, is none. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"

export const variable = (name: string): Effect.Effect<Option.Option<string>> => Effect.option(Config.string(name))

export const secret = (name: string): Effect.Effect<Option.Option<Redacted.Redacted<string>>> =>
  Effect.option(Config.redacted(name))
