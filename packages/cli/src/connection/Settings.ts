/**
 * The flags of every command that talks to a server, and what they mean for one: where logins come from, the network,
 * the encryption.
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as FtpUrl from "@ftp-effect/core/FtpUrl"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Flag from "../arguments/Flag.ts"
import * as ListingFlags from "../arguments/listingFlags.ts"
import * as StyleFlags from "../arguments/styleFlags.ts"
import { MAX_TIMEOUT_SECONDS } from "../arguments/transferFlags.ts"
import type { CliError } from "../errors/CliError.ts"
import type * as Output from "../output/Output.ts"
import * as Encryption from "./Encryption.ts"
import type { NetrcLocation } from "./Login.ts"
import * as Network from "./Network.ts"

const timeout = Flag.number(
  "timeout",
  "T",
  "SECONDS",
  { from: 0.1, to: MAX_TIMEOUT_SECONDS, whole: false },
  "Wait at most SECONDS for a connection, a reply, or the next bytes. Default: 15 to 60, depending on which."
)
const netrc = Flag.file("netrc", "Read logins from FILE instead of ~/.netrc.")
const noNetrc = Flag.toggle("no-netrc", undefined, "Do not read ~/.netrc.")

const noProfile = Flag.inGroup(
  "Connection",
  Flag.toggle("no-profile", undefined, "Neither use nor keep what was learned about the server in earlier runs.")
)

export const flags = {
  ...StyleFlags.flags,
  timeout,
  netrc,
  noNetrc,
  noProfile,
  network: Network.flags,
  encryption: Encryption.flags,
  listing: ListingFlags.flags
}

/** `flags`, decoded. */
export type Settings = Flag.Decoded<typeof flags>

/** What lines of a listing mean that can't be read. They are failures unless the user says otherwise. */
export const onUnread = ({ listing }: Settings): ListingFlags.UnreadPolicy =>
  Flag.orElse<ListingFlags.UnreadPolicy>(listing.unread, "Fail")

/** Where logins come from. */
export const netrcLocation = (settings: Settings): NetrcLocation =>
  settings.noNetrc ? "None" : Option.match(settings.netrc, { onNone: () => "Usual", onSome: (file) => ({ file }) })

/** The route that the flags ask for; mistakes are reported before a password is asked for. */
export const read = (
  url: FtpUrl.FtpUrl,
  { encryption, network }: Settings
): Effect.Effect<Route, CliError, FileSystem.FileSystem | Output.Output> =>
  Effect.all({ encryption: Encryption.read(encryption, url), network: Network.read(network) })

/** How to get to a server. */
export interface Route {
  readonly encryption: Option.Option<Encryption.Encryption>
  readonly network: Network.Network
}
