/**
 * Where the session is after the login, and where a path leads from there: what has to be known of the root of a tree before
 * it is listed. One round trip, on a server that bears bursts and has its login directory where most have it:
 *
 *     C: PWD                  unless it is known
 *     C: CWD a
 *     C: PWD
 *     C: CWD /                back, with what else a listing asks: see `firstLook`
 *     C: EPSV
 *     C: NOOP
 */
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type { CommandError } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import * as NativePath from "../protocol/NativePath.ts"
import type { SessionContext } from "./context.ts"
import { currentDirectory, pathOf } from "./directory.ts"
import * as FirstLook from "./firstLook.ts"
import { resolveDirectory, resolved } from "./visits.ts"

/**
 * The login directory, and a directory as the server names it from inside, or why it can't be entered.
 *
 * @since 0.1.0
 * @category models
 */
export interface Whereabouts {
  readonly home: string
  readonly directory: Either.Either<string, CommandError>
}

export const whereabouts = (context: SessionContext, path: string): Effect.Effect<Whereabouts, CommandError> =>
  Effect.gen(function* () {
    const look = yield* FirstLook.look(context, path, { enters: path !== "", names: true })
    const home =
      look?.home === undefined
        ? yield* currentDirectory(context)
        : yield* Effect.flatMap(context.control.errors.expectSuccess(Command.pwd, look.home), (reply) =>
            pathOf(context, reply)
          )
    const expected = path === "" ? home : NativePath.resolve(home, path)
    const directory =
      path === ""
        ? Effect.succeed(home)
        : look?.visit === undefined
          ? resolveDirectory(context, path, expected)
          : resolved(context, path, expected, look.visit)
    return { home, directory: yield* Effect.either(directory) }
  })
