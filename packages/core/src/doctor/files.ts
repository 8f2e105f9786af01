/**
 * What the server knows of one file, each by the command for it:
 *
 *     C: SIZE a · MDTM a · MLST a · HASH a
 *     C: RETR a                                 up to 1 MiB, if neither SIZE nor the listing has its size
 *     C: REST n-1, RETR a                       one byte comes: REST works; the whole file: it is ignored
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { FtpError } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import type { Examination } from "./examination.ts"
import * as Finding from "./Finding.ts"
import type { Sample } from "./sample.ts"

const sizeOf = ({ size }: FtpEntry): number => Option.getOrElse(size, () => 0)

/** A refusal is a note: the rest of what can go wrong is the probe's. */
const orRefused = <A, E extends FtpError, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.either(effect).pipe(
    Effect.flatMap(
      (result): Effect.Effect<Either.Either<A, string>, E> =>
        Either.isRight(result)
          ? Effect.succeed(Either.right(result.right))
          : result.left._tag === "FtpRejected"
            ? Effect.succeed(Either.left(`${result.left.verb}: ${result.left.reply.code}`))
            : Effect.fail(result.left)
    )
  )

/** Of a directory without such a file. */
export const noSample = (): Finding.Finding =>
  Finding.make("Size", "Note", "not tried, as no file with content is here; nor were MDTM, MLST, REST and hashes", {
    facts: { works: null },
    user: "doctor URL/FILE tries them with a file"
  })

export const size = (examination: Examination, found: Sample) =>
  Effect.gen(function* () {
    const { entry: sample, isListed } = found
    const session = yield* examination.session
    const answer = yield* orRefused(session.size(sample.path))
    if (Either.isLeft(answer)) {
      return Option.isSome(sample.size)
        ? Finding.make("Size", "Note", `does not work (${answer.left})`, { facts: { works: false } })
        : yield* counted(examination, found, `does not work (${answer.left}), and the listing has no sizes in bytes`)
    }
    const facts = { works: true, size: answer.right, listed: isListed ? sizeOf(sample) : null }
    if (!isListed) {
      return Finding.make("Size", "Ok", "works: the listing has no sizes in bytes", { facts })
    }
    return answer.right === sizeOf(sample)
      ? Finding.make("Size", "Ok", "works, and says the same as the listing", { facts })
      : Finding.make("Size", "Warning", `says ${answer.right} bytes, the listing ${sizeOf(sample)}`, {
          facts,
          user: "--ignore-size does not compare with SIZE, if the file was not being written just now"
        })
  })

/** A larger file is not read for its size. */
const MOST_COUNTED = 1024 * 1024

/** The size of a file by reading it, which is that of the sample then. */
const counted = (examination: Examination, found: Sample, why: string) =>
  Effect.gen(function* () {
    const { entry } = found
    const answer = yield* orRefused(read(examination, entry, 0, MOST_COUNTED + 1))
    const size = Either.isRight(answer) && answer.right <= MOST_COUNTED ? Option.some(answer.right) : Option.none()
    examination.sample = { ...found, entry: { ...entry, size } }
    const what = Either.isLeft(answer)
      ? `can't be read (${answer.left})`
      : Option.match(size, {
          onNone: () => "has more than 1 MiB",
          onSome: (bytes) => `was read, and has ${bytes} ${bytes === 1 ? "byte" : "bytes"}`
        })
    return Finding.make("Size", "Note", `${why}: ${entry.name} ${what}`, {
      facts: { works: false, size: Option.getOrNull(size), listed: null }
    })
  })

/** How many bytes come from an offset on; it reads no more once these are enough. */
const read = (examination: Examination, { path }: FtpEntry, offset: number, enough: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const session = yield* examination.session
      const incoming = yield* session.receive(Command.retr(path), { path, offset })
      let count = 0
      while (count < enough) {
        const chunk = yield* incoming.read
        if (Option.isNone(chunk)) {
          break
        }
        count += chunk.value.byteLength
      }
      return count
    })
  )

export const modified = (examination: Examination, sample: FtpEntry) =>
  Effect.gen(function* () {
    const session = yield* examination.session
    const answer = yield* orRefused(session.modified(sample.path))
    return Either.isLeft(answer)
      ? Finding.make("Modified", "Note", `does not work (${answer.left})`, { facts: { works: false } })
      : Finding.make("Modified", "Ok", "works", {
          facts: { works: true, at: DateTime.formatIso(answer.right.at), precision: answer.right.precision }
        })
  })

export const mlst = (examination: Examination, sample: FtpEntry) =>
  Effect.gen(function* () {
    const session = yield* examination.session
    const claimed = Features.has(session.features, "MLST")
    const answer = yield* orRefused(session.run(Command.mlst(sample.path)))
    const facts = { claimed, works: Either.isRight(answer) }
    return Either.isRight(answer)
      ? Finding.make("Mlst", "Ok", "works", { facts })
      : Finding.make(
          "Mlst",
          claimed ? "Warning" : "Note",
          `the server has none (${answer.left})${claimed ? ", although FEAT lists it" : ""}`,
          {
            facts
          }
        )
  })

/** `hasSize`: whether SIZE works. */
export const hash = (examination: Examination, sample: FtpEntry, hasSize: boolean) =>
  Effect.gen(function* () {
    const session = yield* examination.session
    const answer = yield* orRefused(session.hash(sample.path))
    return Either.isLeft(answer)
      ? Finding.make(
          "Hash",
          "Note",
          `the server computes none: transfers are verified by ${hasSize ? "size" : "its reply alone"}`,
          { facts: { works: false } }
        )
      : Finding.make("Hash", "Ok", `${answer.right.algorithm}: a transfer can be verified by it`, {
          facts: { works: true, algorithm: answer.right.algorithm }
        })
  })

/** Asks for the last byte; a server that ignores REST sends more. */
export const restart = (examination: Examination, sample: FtpEntry) =>
  Effect.gen(function* () {
    const bytes = sizeOf(sample)
    if (bytes < 2) {
      const why = Option.match(sample.size, {
        onNone: () => `how large ${sample.name} is could not be found out`,
        onSome: () => `${sample.name} has ${bytes === 1 ? "one byte" : "no content"}`
      })
      return Finding.make("Restart", "Note", `not tried: ${why}`, { facts: { works: null } })
    }
    const session = yield* examination.session
    const claimed = Features.canRestart(session.features)
    const answer = yield* orRefused(read(examination, sample, bytes - 1, 2))
    const works = Either.isRight(answer) && answer.right === 1
    const facts = { claimed, works }
    examination.capabilities.set("REST", works)
    if (works) {
      return Finding.make("Restart", "Ok", "works: an interrupted download is resumed", { facts })
    }
    const why = Either.isLeft(answer) ? ` (${answer.left})` : ": it is accepted and ignored"
    return Finding.make("Restart", "Warning", `does not work${why}: a download begins anew each time`, {
      facts,
      administrator: "allow REST: without it, large files over a bad line never arrive"
    })
  })
