/**
 * What can be written, in a directory of our own that is removed at the end:
 *
 *     C: MKD DIR/ftp-effect-doctor-1a2b3c4d
 *     C: STOR a · SIZE a · RETR a           an upload, and the same bytes back
 *     C: REST n, STOR a                     an upload that continues
 *     C: RNFR a, RNTO b                     a rename onto a file that is there: how --atomic replaces
 *     C: MFMT 20010203040506 b · MDTM b     a time
 *     C: DELE b · RMD …                     gone
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as BoundedFinalizer from "../base/boundedFinalizer.ts"
import { type DataError, type FtpError, isNotFound, isPermissionDenied } from "../base/FtpError.ts"
import * as FtpSource from "../base/FtpSource.ts"
import * as Command from "../protocol/Command.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import type { FtpSession } from "../session/FtpSession.ts"
import { type Examination, probe } from "./examination.ts"
import * as Finding from "./Finding.ts"

const CONTENT = new TextEncoder().encode(
  "ftp-effect doctor: this file was made by an examination and can be removed.\r\n"
)
const OTHER = new TextEncoder().encode("another one\n")

/** How long tidying up may take when the examination is interrupted. */
const TIDY_LIMIT = Duration.seconds(2)

const RANDOM_DIGITS = 8
const HEX = 16

/** All of it: each finding as it comes. */
export const write = (
  examination: Examination,
  directory: string,
  report: (finding: Finding.Finding | undefined) => Effect.Effect<void>
): Effect.Effect<void, FtpError, Scope.Scope> =>
  Effect.gen(function* () {
    const digits = yield* Effect.replicateEffect(Random.nextIntBetween(0, HEX), RANDOM_DIGITS)
    const hex = digits.map((digit) => digit.toString(HEX)).join("")
    const syntax = yield* Effect.flatMap(examination.session, (session) => session.treeSyntaxOf(directory))
    const names = syntax === "Mvs" ? inMvs(hex) : { own: `ftp-effect-doctor-${hex}`, first: "a.txt", second: "b.txt" }
    const own = RemotePath.join(directory, names.own)
    const [first, second] = [RemotePath.join(own, names.first), RemotePath.join(own, names.second)]
    let isGone = false
    const made = yield* Effect.either(
      Effect.uninterruptible(
        Effect.zipLeft(
          Effect.flatMap(examination.session, (session) => session.makeDirectory(own)),
          Effect.addFinalizer(() =>
            isGone
              ? Effect.void
              : Effect.asVoid(BoundedFinalizer.runBounded(remove(examination, own, [first, second]), TIDY_LIMIT))
          )
        )
      )
    )
    if (Either.isLeft(made)) {
      return yield* report(nothingWritten(made.left))
    }
    const uploaded = yield* probe("Upload", upload(examination, first))
    yield* report(uploaded)
    if (uploaded?.severity === "Ok") {
      yield* Effect.flatMap(probe("ResumeUpload", resumeUpload(examination, first)), report)
      yield* Effect.flatMap(probe("Rename", rename(examination, first, second)), report)
      yield* Effect.flatMap(probe("SetTime", setTime(examination, second)), report)
    }
    const removed = yield* probe("Removal", removal(examination, own, [first, second]))
    isGone = removed?.severity === "Ok"
    yield* report(removed)
  })

/** A partitioned data set and two members: at most 8 characters in each name. */
const inMvs = (hex: string) => ({ own: `FTP${hex.slice(0, MVS_DIGITS).toUpperCase()}`, first: "A", second: "B" })

const MVS_DIGITS = 5

const nothingWritten = (error: FtpError): Finding.Finding =>
  Finding.make("Upload", "Error", `nothing can be written: ${error.message}`, {
    facts: { works: false },
    user: isNotFound(error) ? "--write names a directory that is on the server" : undefined,
    administrator: isPermissionDenied(error)
      ? "if this user is to upload files, allow it to write in that directory, and MKD and STOR"
      : undefined
  })

const store = (session: FtpSession, path: string, bytes: Uint8Array): Effect.Effect<number, DataError> =>
  Effect.scoped(
    Effect.flatMap(FtpSource.fromBytes(bytes).open(0), (pull) => session.transmit(Command.stor(path), pull, { path }))
  )

/** At most as much as was written, and one byte. */
const fetch = (session: FtpSession, path: string, most: number): Effect.Effect<Uint8Array, DataError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const incoming = yield* session.receive(Command.retr(path), { path })
      const read: Array<number> = []
      while (read.length <= most) {
        const chunk = yield* incoming.read
        if (Option.isNone(chunk)) {
          break
        }
        read.push(...chunk.value.subarray(0, most + 1))
      }
      return Uint8Array.from(read)
    })
  )

const areSame = (left: Uint8Array, right: Uint8Array): boolean =>
  left.byteLength === right.byteLength && left.every((byte, at) => byte === right[at])

const upload = (examination: Examination, path: string) =>
  Effect.gen(function* () {
    const session = yield* examination.session
    const stored = yield* Effect.either(store(session, path, CONTENT))
    if (Either.isLeft(stored)) {
      return Finding.make("Upload", "Error", `a file can't be written: ${stored.left.message}`, {
        facts: { works: false }
      })
    }
    return areSame(yield* fetch(session, path, CONTENT.byteLength), CONTENT)
      ? Finding.make("Upload", "Ok", "a file is written, and comes back the same", { facts: { works: true } })
      : Finding.make("Upload", "Error", "what comes back is not what was written", {
          facts: { works: false },
          administrator: "the server changes files: line ends, perhaps; it must not in binary mode"
        })
  })

const HALF = Math.floor(CONTENT.byteLength / 2)

const resumeUpload = (examination: Examination, path: string) =>
  Effect.gen(function* () {
    const session = yield* examination.session
    yield* store(session, path, CONTENT.subarray(0, HALF))
    const resumed = yield* Effect.either(
      Effect.scoped(
        Effect.flatMap(FtpSource.fromBytes(CONTENT).open(HALF), (pull) =>
          session.transmit(Command.stor(path), pull, { path, offset: HALF })
        )
      )
    )
    if (Either.isLeft(resumed) && resumed.left._tag !== "FtpRejected") {
      return yield* Effect.fail(resumed.left)
    }
    const again = yield* examination.session
    const works = Either.isRight(resumed) && areSame(yield* fetch(again, path, CONTENT.byteLength), CONTENT)
    const facts = { works }
    return works
      ? Finding.make("ResumeUpload", "Ok", "an upload can be resumed", { facts })
      : Finding.make("ResumeUpload", "Warning", "an upload can't be resumed: it is sent again from its first byte", {
          facts,
          administrator: "allow REST with STOR (ProFTPD: AllowStoreRestart on)"
        })
  })

const rename = (examination: Examination, from: string, to: string) =>
  Effect.gen(function* () {
    const session = yield* examination.session
    yield* store(session, from, CONTENT)
    yield* store(session, to, OTHER)
    const renamed = yield* Effect.either(session.rename(from, to))
    if (Either.isLeft(renamed) && renamed.left._tag !== "FtpRejected") {
      return yield* Effect.fail(renamed.left)
    }
    const replaces = Either.isRight(renamed) && areSame(yield* fetch(session, to, CONTENT.byteLength), CONTENT)
    return replaces
      ? Finding.make("Rename", "Ok", "a rename replaces a file: put --atomic leaves no moment without it", {
          facts: { replaces }
        })
      : Finding.make("Rename", "Note", "no rename onto a file: put --atomic moves the old one away first", {
          facts: { replaces }
        })
  })

/** Of no file that is written now. */
const AT = DateTime.unsafeMake("2001-02-03T04:05:06Z")

const setTime = (examination: Examination, path: string) =>
  Effect.gen(function* () {
    const session = yield* examination.session
    const set = yield* Effect.either(session.setModified(path, AT))
    if (Either.isLeft(set)) {
      return set.left._tag === "FtpRejected"
        ? Finding.make("SetTime", "Note", "the time of a file can't be set", { facts: { works: false } })
        : yield* Effect.fail(set.left)
    }
    const { at } = yield* session.modified(path)
    const minutes =
      Math.round(Duration.toMinutes(DateTime.distanceDuration(AT, at))) * (DateTime.lessThan(at, AT) ? -1 : 1)
    return minutes === 0
      ? Finding.make("SetTime", "Ok", "the time of a file can be set", { facts: { works: true, minutesOff: 0 } })
      : Finding.make("SetTime", "Warning", `a time that is set comes back ${minutes} minutes off`, {
          facts: { works: true, minutesOff: minutes },
          administrator: "let MFMT and MDTM be in UTC"
        })
  })

const remove = (examination: Examination, own: string, files: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const session = yield* examination.session
    yield* Effect.forEach(files, (file) => Effect.ignore(session.removeFile(file)), { discard: true })
    yield* session.removeDirectory(own)
  })

const removal = (examination: Examination, own: string, files: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const removed = yield* Effect.either(remove(examination, own, files))
    return Either.isRight(removed)
      ? Finding.make("Removal", "Ok", "all of it was removed again", { facts: { works: true } })
      : Finding.make("Removal", "Error", `${own} is left on the server: ${removed.left.message}`, {
          facts: { works: false, left: own }
        })
  })
