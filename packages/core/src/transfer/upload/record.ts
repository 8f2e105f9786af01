/**
 * What this machine remembers of one upload, as the text that `FtpUploadRecords` keeps:
 *
 *     {"version":1, "server":"ann@files.example:21", "path":"/pub/a.iso",     where it goes
 *      "names":["/pub/a.iso"],                                                what it may be called there at present
 *      "source":"64769 1311 4194304 1767323045123456789",                     which local file: device, inode, size, time
 *      "sent":3145728,                                                        no more bytes than these were sent
 *      "run":"01c9…"}                                                         which run has written it
 *
 * There is one for each server, user and path. It is believed only if all of it can be read.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Endpoint from "../../base/FtpEndpoint.ts"
import { fnv1a } from "../../base/fnv1a.ts"
import type { FtpLocalFileError } from "../../platform/FtpLocalFile.ts"
import type { FtpUploadRecords } from "../../platform/FtpUploadRecords.ts"

/** Where an upload goes: the same path on another server, or of another user, is another place. */
export interface Place {
  /** `user@host:port`. */
  readonly server: string
  /** The final path, as the caller writes it. */
  readonly path: string
}

export const placeOf = ({ host, port, user }: Endpoint.FtpEndpoint, path: string): Place => ({
  server: `${user}@${Endpoint.toAuthority({ host, port })}`,
  path
})

export interface UploadRecord extends Place {
  /** The paths that the file may have on the server: two while it is renamed. */
  readonly names: ReadonlyArray<string>
  /** `FtpLocalFile.version` of the source. */
  readonly source: string
  /** The run has sent at most so many bytes. */
  readonly sent: number
  /** Another text for each run. */
  readonly run: string
}

/** Paths of servers are at most a few KiB long. A longer text is not ours. */
const MAX_LENGTH = 64 * 1024

const Stored = Schema.parseJson(
  Schema.Struct({
    version: Schema.Literal(1),
    server: Schema.String,
    path: Schema.String,
    names: Schema.Array(Schema.String),
    source: Schema.String,
    sent: Schema.NonNegativeInt,
    run: Schema.String
  })
)

export const toText = (record: UploadRecord): string => Schema.encodeSync(Stored)({ version: 1, ...record })

/** `None` if it is no record. */
export const parse = (text: string): Option.Option<UploadRecord> =>
  text.length > MAX_LENGTH
    ? Option.none()
    : Option.map(Schema.decodeOption(Stored)(text), ({ version: _, ...record }) => record)

export const write = (records: FtpUploadRecords, record: UploadRecord): Effect.Effect<void, FtpLocalFileError> =>
  records.write(nameOf(record), toText(record))

/** The record of a place. Two places can share a name, so it is compared. */
export const read = (records: FtpUploadRecords, place: Place): Effect.Effect<Option.Option<UploadRecord>> =>
  Effect.map(records.read(nameOf(place)), (text) =>
    Option.filter(Option.flatMap(text, parse), ({ path, server }) => path === place.path && server === place.server)
  )

export const remove = (records: FtpUploadRecords, place: Place): Effect.Effect<void, FtpLocalFileError> =>
  records.remove(nameOf(place))

/** No host name has a line end in it. */
const nameOf = ({ path, server }: Place): string => fnv1a(`${server}\n${path}`)
