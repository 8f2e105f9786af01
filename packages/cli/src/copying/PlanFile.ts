/**
 * A plan in a file, with the trees that it is of:
 *
 *     { "kind": "ftp-effect plan", "from": "/home/ann/dist", "to": "ftp://ann@ftp.example.com/www", "plan": { … } }
 *
 * No password is in it. Who reads it may have got it from anyone: it is limited, and checked as a whole.
 */
import { resolve } from "node:path"
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as FtpUrl from "@ftp-effect/core/FtpUrl"
import * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Remote from "../connection/Remote.ts"
import { usage } from "../errors/CliError.ts"
import { isFtpUrl } from "../errors/typed.ts"
import { fileError } from "../local/fileError.ts"
import type { Words } from "./MirrorTrees.ts"

const KIND = "ftp-effect plan"

/** Those of mirror have six. What is read of each goes into the one above it, on the stack. */
const MAX_NESTING = 50

/** A path or a URL is never longer. */
const MAX_WORD = 10_000

const Word = Schema.String.pipe(Schema.maxLength(MAX_WORD))

const Envelope = Schema.parseJson(
  Schema.Struct({ kind: Schema.Literal(KIND), from: Word, to: Word, plan: Schema.Unknown })
)

/** A plan and its trees. */
export interface Saved extends Words {
  readonly plan: MirrorPlan.MirrorPlan
}

/** The words with folders that are the same wherever the plan is applied. */
export const rooted = ({ from, to }: Words): Words => ({ from: rootedWord(from), to: rootedWord(to) })

const rootedWord = (word: string): string => (Remote.isUrl(word) ? word : resolve(word))

/** Writes a plan, for its user alone, in place of what the file had; returns the file's name. */
export const write = (fs: FileSystem.FileSystem, file: string, { from, plan, to }: Saved) =>
  Effect.gen(function* () {
    const words = { from: yield* Remote.withoutPassword(from), to: yield* Remote.withoutPassword(to) }
    const encoded = Schema.encodeSync(MirrorPlan.MirrorPlan)(plan)
    const text = `${JSON.stringify({ kind: KIND, ...words, plan: encoded })}\n`
    if (text.length > MirrorPlan.MAX_LENGTH) {
      return yield* usage("the plan is too large to be saved", "make plans of parts of the tree")
    }
    yield* Effect.mapError(replace(fs, file, text), fileError("Write", file))
    return file
  })

/**
 * A regular file, or a new one, is replaced as a whole by a draft beside it, which has its own mode. What is no regular
 * file, or names one that is open (`/dev/stdout`), is written into.
 */
const replace = (fs: FileSystem.FileSystem, file: string, text: string) =>
  Effect.gen(function* () {
    const found = yield* Effect.option(fs.stat(file))
    if (OPENED.test(resolve(file)) || Option.exists(found, ({ type }) => type !== "File")) {
      return yield* fs.writeFileString(file, text, { mode: MODE })
    }
    // What a link leads to is replaced, not the link.
    const target = Option.isSome(found) ? yield* fs.realPath(file) : file
    const number = yield* Random.nextIntBetween(0, Number.MAX_SAFE_INTEGER)
    const draft = `${target}.${number.toString(DIGITS)}.ftp-effect`
    const replaced = Effect.onError(
      Effect.zipRight(fs.writeFileString(draft, text, { flag: "wx", mode: MODE }), fs.rename(draft, target)),
      () => Effect.ignore(fs.remove(draft))
    )
    // In a directory of another user, or mounted by itself, it can only be written into.
    yield* Option.isSome(found) ? Effect.catchIf(replaced, isFixed, () => fs.writeFileString(target, text)) : replaced
  })

const isFixed = (error: PlatformError): boolean =>
  error._tag === "SystemError" && (error.reason === "PermissionDenied" || error.reason === "Busy")

/** For the user alone: a plan names what is on a server. */
const MODE = 0o600

const DIGITS = 36

/** Names of what is open already, on Linux and macOS. */
const OPENED = /^\/(dev|proc)\//

/** By the brackets that are not in strings. */
const isNestedDeeply = (text: string): boolean => {
  let depth = 0
  let isQuoted = false
  for (let at = 0; at < text.length && depth <= MAX_NESTING; at++) {
    const character = text[at]
    if (isQuoted) {
      at += character === "\\" ? 1 : 0
      isQuoted = character !== '"'
    } else if (character === "[" || character === "{") {
      depth++
    } else if (character === "]" || character === "}") {
      depth--
    } else {
      isQuoted = character === '"'
    }
  }
  return depth > MAX_NESTING
}

/** A folder or URL of a plan, for people. */
export const shown = (word: string): string =>
  Either.match(FtpUrl.read(word), { onLeft: () => WireText.toDisplay(word), onRight: ({ url }) => FtpUrl.toLabel(url) })

/** The plan of a file. */
export const read = (file: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const refuse = (why: string) =>
      usage(`${file} is no plan that can be applied: ${why}`, "mirror --plan FILE makes one")
    const text = yield* fs
      .stream(file, { bytesToRead: MirrorPlan.MAX_LENGTH + 1 })
      .pipe(Stream.decodeText(), Stream.mkString, Effect.mapError(fileError("Read", file)))
    if (text.length > MirrorPlan.MAX_LENGTH) {
      return yield* refuse("it is too large")
    }
    if (isNestedDeeply(text)) {
      return yield* refuse("it is nested too deeply")
    }
    const envelope = yield* Effect.mapError(Schema.decodeUnknown(Envelope)(text), () =>
      refuse("it was not made by mirror --plan")
    )
    const { from, to } = envelope
    for (const word of [from, to]) {
      const url = FtpUrl.read(word)
      if (isFtpUrl(word) && (Either.isLeft(url) || url.right.given.password)) {
        return yield* refuse("a tree of it is no FTP URL, or one with a password")
      }
    }
    const plan = yield* Either.mapLeft(MirrorPlan.fromJson(envelope.plan), ({ why }) => refuse(`it ${why}`))
    return { from, to, plan }
  })
