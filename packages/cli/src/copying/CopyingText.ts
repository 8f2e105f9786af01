/** Copies of many files in words: their sum, and what stays of those that failed. */
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Measure from "../output/Measure.ts"

/** Which way. */
export type Direction = "Download" | "Upload"

/** What came of it. */
export interface Summary {
  readonly files: number
  readonly bytes: number
  readonly skipped: number
  readonly failed: number
  /** How many of those are directories, if any: what is in them is not counted. */
  readonly failedDirectories?: number | undefined
  readonly seconds: number
  /** How many links were made as links, if any. */
  readonly linked?: number | undefined
  /** What ended it too early, if anything did. */
  readonly stopped?: "Error" | "Interrupted" | undefined
  /** Of what was found by then, how many files were neither finished nor failed. */
  readonly notDone?: number | undefined
}

/** A partial file that a failed or interrupted copy leaves; `what` names it in a message. */
export interface PartialFile {
  readonly what: string
  readonly rerun: Rerun
}

/** What the same command does with a partial file: resume it, or begin again. */
export type Rerun = "Resumes" | "Restarts"

/** A rate over less is chance. */
const RATED_SECONDS = 0.5

const ON_RERUN: { readonly [R in Rerun]: string } = {
  Resumes: ": the same command resumes it",
  Restarts: ", but the file on the server has changed: the same command starts anew"
}

/** Which partial files are kept, and how to resume them. */
export const describePartialFiles = (direction: Direction, partialFiles: ReadonlyArray<PartialFile>): string => {
  const [first, ...others] = partialFiles
  const resumes = partialFiles.every(({ rerun }) => rerun === "Resumes")
  const where = direction === "Download" ? `as NAME${FtpTransfer.PARTIAL_FILE_SUFFIX}` : "on the server"
  return first !== undefined && others.length === 0
    ? `${first.what} is kept${ON_RERUN[first.rerun]}`
    : `${partialFiles.length} partial files are kept, ${where}${
        resumes ? ": the same command resumes them; add --no-clobber to leave out those that are complete" : ""
      }`
}

/** Of directories that failed: what is in them is neither read nor counted. */
export const withAllInIt = (directories: number): string =>
  directories === 0
    ? ""
    : ` (${Measure.count(directories, "directory", "directories")}, with all that is in ${directories === 1 ? "it" : "them"})`

const PREFIXES = { Error: "stopped: ", Interrupted: "interrupted: " } as const

/** `moved` excludes what earlier runs transferred. */
export const describeSummary = (
  direction: Direction,
  { bytes, failed, failedDirectories = 0, files, linked = 0, notDone = 0, seconds, skipped, stopped }: Summary,
  moved: number
): string =>
  [
    `${stopped === undefined ? "" : PREFIXES[stopped]}${direction === "Download" ? "downloaded" : "uploaded"} ${Measure.count(files, "file")}`,
    `${Measure.bytes(bytes)} in ${Measure.duration(seconds)}`,
    ...(seconds >= RATED_SECONDS && moved > 0 ? [Measure.rate(moved, seconds)] : []),
    ...(linked > 0 ? [`${Measure.count(linked, "link")} made`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(failed > 0 ? [`${failed} failed${withAllInIt(failedDirectories)}`] : []),
    ...(stopped === "Error" && notDone > 0 ? [`${notDone} not done`] : [])
  ].join(", ")
