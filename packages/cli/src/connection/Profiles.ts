/**
 * What earlier runs learned about servers, one file for each host, port and user in the cache:
 *
 *     begin ──file? right, and of this server──► a hint to the pool
 *        └───none, of another user, a link, broken, too old──► nothing
 *     end ──anything new──► written, in one step
 *
 * The files are private, few and small: see `NodeFtpUploadRecords`, whose folders are kept in the same way. Nothing of it
 * matters enough to fail a command, or to be reported to a person.
 */
import type { FtpEndpoint } from "@ftp-effect/core/FtpEndpoint"
import type { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpProfile from "@ftp-effect/core/FtpProfile"
import type { FtpUploadRecords } from "@ftp-effect/core/FtpUploadRecords"
import * as NodeFtpUploadRecords from "@ftp-effect/node/NodeFtpUploadRecords"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import * as StateFolder from "./stateFolder.ts"

type Place = Pick<FtpEndpoint, "host" | "port" | "user">

const folder: Effect.Effect<FtpUploadRecords> = Effect.map(StateFolder.profiles, NodeFtpUploadRecords.make)

/** The profile of a server, if there is one that can be read. */
export const find = (endpoint: Place): Effect.Effect<Option.Option<FtpProfile.FtpProfile>> =>
  Effect.gen(function* () {
    const text = yield* Effect.flatMap(folder, ({ read }) => read(FtpProfile.nameOf(endpoint)))
    const profile = Option.flatMap(text, FtpProfile.fromJson)
    if (Option.isSome(text) && Option.isNone(profile)) {
      yield* Effect.logDebug("the profile of the server can't be read, and is not used")
    }
    return profile
  })

/** Writes a profile down. */
export const write = (profile: FtpProfile.FtpProfile) =>
  Effect.flatMap(folder, ({ write }) => write(FtpProfile.nameOf(profile), FtpProfile.toJson(profile)))

/** The same when it does not matter whether that can be done. */
const keep = (profile: FtpProfile.FtpProfile): Effect.Effect<void> =>
  Effect.catchAll(write(profile), (error) =>
    Effect.logDebug(`the profile of the server was not kept: ${error.message}`)
  )

/** Keeps what the pool has learned when the scope closes, if it is more than `known`. */
export const keepAtEnd = (
  known: Option.Option<FtpProfile.FtpProfile>,
  { profiles }: Pick<FtpPool, "profiles">
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.addFinalizer(() =>
    Effect.flatMap(profiles, ([learned]) =>
      learned === undefined || Option.exists(known, (known) => isSame(known, learned)) ? Effect.void : keep(learned)
    )
  )

/** By their plain JSON: to encode them by their schema takes longer than all else at the end of a command. */
const isSame = (left: FtpProfile.FtpProfile, right: FtpProfile.FtpProfile): boolean => plain(left) === plain(right)

const plain = (profile: FtpProfile.FtpProfile): string =>
  JSON.stringify(profile, (_, value: unknown) =>
    Predicate.isRecord(value) ? Object.fromEntries(Object.entries(value).sort()) : value
  )
