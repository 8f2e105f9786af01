/**
 * How a worker begins: it opens its range on a session, and the partial file for writing.
 *
 *     range ──► the last bytes before it, from the partial file ──► RETR at its offset ──► the same file as the others?
 *     the first range of an earlier run ──► another file, or no REST ──► from the first byte instead
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { FtpLocalFileError, type Writer } from "../../platform/FtpLocalFile.ts"
import * as Identity from "../identity.ts"
import type { Loop } from "./loop.ts"
import type { Range } from "./ranges.ts"
import * as Reread from "./reread.ts"
import * as DownloadStream from "./stream.ts"
import * as Worker from "./worker.ts"

/**
 * The first who opens the partial file creates it, or cuts off what an earlier run left after the bytes that count. The
 * file of the earlier run is the one that its journal was compared with, or the download fails.
 */
export const openPartialFile = ({ files, job }: Loop): Effect.Effect<Writer, FtpLocalFileError, Scope.Scope> => {
  const { earlier, partialFile, ranges } = job
  let isCut = false
  const cut = Option.match(earlier, {
    onNone: () => files.openWriter(partialFile, "Exclusive"),
    onSome: ({ id }) =>
      Effect.gen(function* () {
        const writer = yield* files.openWriter(partialFile, "Existing")
        const opened = yield* writer.id
        if (
          Option.isSome(id) &&
          !Option.exists(opened, ({ device, inode }) => device === id.value.device && inode === id.value.inode)
        ) {
          return yield* replaced(partialFile)
        }
        yield* writer.truncate(ranges.extent)
        return writer
      })
  })
  return Effect.suspend(() =>
    isCut
      ? files.openWriter(job.partialFile, "Existing")
      : Effect.map(cut, (writer) => {
          isCut = true
          return writer
        })
  )
}

const replaced = (path: string) =>
  new FtpLocalFileError({ reason: "Other", operation: "Open", path, detail: "it was replaced by another file" })

export const openRange = (loop: Loop, range: Range) =>
  loop.state.begun === 1 && range === loop.job.ranges.first ? openFirst(loop) : openAt(loop, range)

const openAt = (loop: Loop, range: Range) =>
  Effect.gen(function* () {
    const { counts, limit, maxBytes, onReread, partialFile, path, schedules } = loop.job
    const { begun, identity } = loop.state
    // What an earlier run left is not worth reading again: it is fetched anew instead.
    const canReread = range.from === 0 && (range.at === 0 || begun > 1)
    // The last range ends with the file, and so its count shows that REST was ignored; but only by its own host.
    const provesOffset = range.from > 0 && loop.pool.endpoints.length > 1
    const tail = yield* Worker.tailBefore(partialFile, range, Option.isSome(identity.size))
    const source = yield* DownloadStream.open(
      path,
      { schedules, maxBytes, counts, limit, onReread, provesOffset },
      { offset: range.at, tail, identity, canReread }
    )
    yield* Identity.expectSame(loop.subject, identity, source.identity())
    return { ...source, read: limit(source.read) }
  })

/** Resumes what an earlier run left, unless the server has another file by now, or no REST. */
const openFirst = (loop: Loop) => {
  const { identity, ranges } = loop.job
  const open = Effect.suspend(() => openAt(loop, ranges.first))
  return Effect.catchIf(
    open,
    (error) => Option.isSome(identity) && (error._tag === "FtpIntegrityError" || Reread.isOffsetRefused(error)),
    () =>
      Effect.suspend(() => {
        ranges.reset()
        loop.state = { ...loop.state, identity: Identity.UNKNOWN }
        return open
      })
  )
}
