/**
 * Where a manifest is kept: a file of the target's root, or a local file. It is replaced in one step, so that a reader
 * finds a whole one. On a server that has no rename it is written in place: one that a killed run leaves incomplete is not
 * believed, so the next run knows nothing of earlier ones, and deletes nothing as theirs.
 *
 *     C: STOR .manifest.3f09c1d2.ftp-effect, RNFR, RNTO     S: 502     C: STOR manifest
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { isNotFound } from "../base/FtpError.ts"
import * as FtpSource from "../base/FtpSource.ts"
import type { FtpLocalFile } from "../platform/FtpLocalFile.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import * as PartialName from "../transfer/download/partialName.ts"
import * as FtpTransfer from "../transfer/FtpTransfer.ts"
import { MAX_BYTES } from "./MirrorManifest.ts"
import * as ManifestText from "./manifestText.ts"
import * as OtherDownload from "./otherDownload.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

export interface ManifestStore {
  /** `None` if there is none. */
  readonly read: Effect.Effect<Option.Option<ManifestText.Text>, MirrorError>
  readonly write: (text: string) => Effect.Effect<void, MirrorError>
  /** Reads and writes it while no other run of this machine does. On a server nothing prevents that. */
  readonly alone: <A>(self: Effect.Effect<A, MirrorError>) => Effect.Effect<A, MirrorError>
}

/** A file of the tree. */
export const inTree = (tree: MirrorTree, name: string): ManifestStore => {
  if (tree._tag === "Local") {
    return local(tree.files, tree.pathOf(name))
  }
  const path = tree.pathOf(name)
  const withPool = Effect.provideService(FtpPool, tree.pool)
  let hasRename = true
  const send = (text: string, options: FtpTransfer.UploadOptions) =>
    Effect.asVoid(FtpTransfer.upload(path, FtpSource.fromString(text), options))
  return {
    read: Stream.runCollect(FtpTransfer.download(path, { maxBytes: MAX_BYTES })).pipe(
      Effect.map((chunks) => Option.some(textOf(Chunk.toReadonlyArray(chunks)))),
      Effect.catchIf(isNotFound, () => Effect.succeedNone),
      Effect.catchIf(
        (error) => error._tag === "FtpIntegrityError" && error.reason === "TooLarge",
        () => Effect.succeed(Option.some(ManifestText.TOO_LARGE))
      ),
      withPool
    ),
    alone: (self) => self,
    write: (text) => {
      const inPlace = send(text, { verify: "Size" })
      const atOnce = Effect.catchIf(send(text, { atomic: true, verify: "Reply" }), isWithoutRename, () =>
        Effect.suspend(() => {
          hasRename = false
          return inPlace
        })
      )
      return withPool(Effect.suspend(() => (hasRename ? atOnce : inPlace)))
    }
  }
}

/** Whether the server does not know one of the two commands. */
const isWithoutRename = (error: MirrorError): boolean =>
  error._tag === "FtpRejected" && error.reason === "Unsupported" && (error.verb === "RNFR" || error.verb === "RNTO")

/** A write takes a moment. */
const PATIENT = Schedule.intersect(Schedule.spaced("100 millis"), Schedule.recurs(100))

/** A file of this machine. */
export const local = (files: FtpLocalFile, path: string): ManifestStore => ({
  read: Effect.scoped(
    Effect.gen(function* () {
      const { read, size } = yield* files.openReader(path, 0)
      if (size > MAX_BYTES) {
        return Option.some(ManifestText.TOO_LARGE)
      }
      const chunks: Array<Uint8Array> = []
      for (let chunk = yield* read; Option.isSome(chunk); chunk = yield* read) {
        chunks.push(chunk.value.slice())
      }
      return Option.some(textOf(chunks))
    })
  ).pipe(
    Effect.catchIf(
      ({ reason }) => reason === "NotFound",
      () => Effect.succeedNone
    )
  ),
  alone: (self) =>
    Effect.scoped(
      Effect.zipRight(
        Effect.retry(files.claim(PartialName.nameOf(path)), { schedule: PATIENT, while: OtherDownload.isInUse }),
        self
      )
    ),
  write: (text) => {
    const temporary = `${path}.new`
    const bytes = new TextEncoder().encode(text)
    const written = Effect.scoped(
      Effect.flatMap(files.openWriter(temporary, "Exclusive"), ({ setMode, sync, write }) =>
        write(bytes, 0).pipe(Effect.zipRight(sync), Effect.zipRight(setMode(Option.none())))
      )
    )
    // One that a killed run left is removed, not written to: it may be a link.
    return files.remove(temporary).pipe(Effect.zipRight(written), Effect.zipRight(files.rename(temporary, path)))
  }
})

const textOf = (chunks: ReadonlyArray<Uint8Array>): string => {
  const decoder = new TextDecoder()
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode()
}
