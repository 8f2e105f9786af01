/**
 * The law: every transfer ends proven identical or in a typed error, and nothing under the final name is not whole.
 *
 *     success      what arrived has the SHA-256 of one version of the source; beside it lies nothing of ours
 *     typed error  toFile      the final name has what it had before, or the whole new file where it was stopped right behind
 *                              the rename; beside it at most a part with its journal
 *                  download    what the stream gave is the beginning of one version, but of a file that was written into
 *                  atomic      the final name has what it had before, or the whole new file whose last reply was lost
 *                  otherwise   the server may hold a part under the final name, as the documentation says
 *     interrupted  the same, and it is over within a second of the transfer's own time
 *     anything else — a defect, an error that is none of the library's, a hang — breaks it
 */
import { createHash } from "node:crypto"
import * as Fs from "node:fs/promises"
import * as FtpError from "@ftp-effect/core/FtpError"
import { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Stage } from "./stage.ts"
import { BOUND, type Ended, isDownload, type Props } from "./transfer.ts"

/** How a transfer ended: `identical`, `interrupted`, or the tag of its error. */
export interface Verdict {
  readonly outcome: string
  /** What is against the law, in words. */
  readonly breaches: ReadonlyArray<string>
}

/** Millis, without those in which the event loop was at something else. */
const STOPS_WITHIN = 1000

export const judge = (stage: Stage, props: Props, ended: Ended): Effect.Effect<Verdict> =>
  Effect.gen(function* () {
    const { breaches, outcome } = outcomeOf(ended)
    const isDone = outcome === IDENTICAL
    const found = isDownload(props.transfer) ? yield* here(props, ended, isDone) : yield* there(stage, props, isDone)
    return { outcome, breaches: [...breaches, ...found] }
  })

export const IDENTICAL = "identical"
export const INTERRUPTED = "interrupted"
const BROKEN = "broken"

const outcomeOf = ({ exit, isHung, stopped }: Ended): Verdict => {
  if (isHung) {
    return { outcome: BROKEN, breaches: [`it goes on after ${BOUND / 1000} s`] }
  }
  const late =
    stopped !== undefined && stopped.after - stopped.late > STOPS_WITHIN
      ? [`it took ${stopped.after} ms to be interrupted, of which the event loop was late for ${stopped.late}`]
      : []
  if (exit._tag === "Success") {
    return { outcome: IDENTICAL, breaches: late }
  }
  const { cause } = exit
  const defects = [...Cause.defects(cause)]
  const error = Option.getOrUndefined(Cause.failureOption(cause))
  if (defects.length > 0) {
    return { outcome: BROKEN, breaches: [`a defect: ${Cause.pretty(cause)}`] }
  }
  if (error === undefined) {
    return stopped === undefined
      ? { outcome: BROKEN, breaches: ["it was interrupted by nobody"] }
      : { outcome: INTERRUPTED, breaches: late }
  }
  return FtpError.isFtpError(error) || error instanceof FtpLocalFileError
    ? { outcome: error._tag, breaches: late }
    : { outcome: BROKEN, breaches: [`an error of no type: ${String(error)}`] }
}

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

/** Whether it is one of these, from the first byte to the last. */
const isOneOf = (bytes: Uint8Array, wholes: ReadonlyArray<Uint8Array>): boolean => {
  const found = digest(bytes)
  return wholes.some((whole) => digest(whole) === found)
}

const PART = "file.ftp-effect.part"
const JOURNAL = `${PART}.json`

const here = ({ folder, local, older, transfer, versions }: Props, { received }: Ended, isDone: boolean) =>
  Effect.promise(async (): Promise<ReadonlyArray<string>> => {
    if (received !== undefined) {
      // The server itself sent of both versions: the stream can only fail at its end.
      const isRewritten = versions.length > 1 && transfer.happening?.what === "RewriteFile"
      return isDone
        ? isOneOf(received, versions)
          ? []
          : [`the stream gave ${received.byteLength} bytes that are no version of the file`]
        : isRewritten ||
            versions.some((version) => Buffer.compare(version.subarray(0, received.byteLength), received) === 0)
          ? []
          : [`the stream gave ${received.byteLength} bytes that no version of the file begins with`]
    }
    const names = (await Fs.readdir(folder)).sort()
    const bytes = names.includes("file") ? await Fs.readFile(local) : undefined
    const beside = names.filter((name) => name !== "file")
    const breaches: Array<string> = []
    if (isDone) {
      if (bytes === undefined || !isOneOf(bytes, versions)) {
        breaches.push(`the local file has ${bytes?.byteLength ?? "no"} bytes and is no version of the remote one`)
      }
      if (beside.length > 0) {
        breaches.push(`beside the finished file lies ${beside.join(", ")}`)
      }
    } else {
      const isWhole =
        bytes === undefined ? !transfer.isThere : isOneOf(bytes, transfer.isThere ? [older, ...versions] : versions)
      if (!isWhole) {
        breaches.push(`after a failure the final name has ${bytes?.byteLength ?? "no"} bytes`)
      }
      if (beside.length > 0 && beside.join() !== `${PART},${JOURNAL}`) {
        breaches.push(`after a failure there lies ${beside.join(", ")}`)
      }
    }
    return breaches
  })

const there = (stage: Stage, props: Props, isDone: boolean): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const { older, remote, transfer, versions } = props
    const found = Option.getOrUndefined(yield* stage.read(remote))
    if (isDone) {
      const hidden = (yield* hiddenNames(stage, props)).filter((name) => !props.hidden.has(name))
      return [
        ...(found === undefined || !isOneOf(found, versions)
          ? [`the remote file has ${found?.byteLength ?? "no"} bytes and is no version of what was sent`]
          : []),
        ...(hidden.length > 0 ? [`beside the finished file lies ${hidden.join(", ")}`] : [])
      ]
    }
    if (!transfer.atomic) {
      return []
    }
    const isWhole =
      found === undefined ? !transfer.isThere : isOneOf(found, transfer.isThere ? [older, ...versions] : versions)
    return isWhole ? [] : [`after a failed atomic upload the final name has ${found?.byteLength ?? "no"} bytes`]
  })

/** What unfinished atomic uploads of this name have on the server. */
export const hiddenNames = (stage: Stage, { transfer }: Props): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(stage.names, (names) => names.filter((name) => name.startsWith(`.${transfer.name}.`)))

/** Whether what was proven is still there: nothing wrote behind it. */
export const isStill = (stage: Stage, { remote, transfer, versions }: Props): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(stage.read(remote), (found) =>
    Option.exists(found, (bytes) => isOneOf(bytes, versions))
      ? []
      : [`${transfer.name} was whole on the server, and is not any more`]
  )

/** The error of a transfer, for people. */
export const inWords = ({ exit }: Ended): string =>
  exit._tag === "Success"
    ? "success"
    : Option.match(Cause.failureOption(exit.cause), {
        onNone: () => Cause.pretty(exit.cause),
        onSome: (error) => (error instanceof Error ? error.message : String(error))
      })
