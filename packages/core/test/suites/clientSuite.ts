/**
 * What `FtpClient`, `FtpSession` and `FtpTransfer` do, written once and run over every server: the embedded one in
 * memory and over TCP, and the real ones. The cases are in `client/`, a file for each subject.
 */
import { describe, layer } from "@effect/vitest"
import * as Duration from "effect/Duration"
import type * as Layer from "effect/Layer"
import { appendCases } from "./client/appending.ts"
import { awkwardCases } from "./client/awkward.ts"
import { type Check, makeCheck, type Services } from "./client/Check.ts"
import { changeCases } from "./client/changes.ts"
import { downloadCases } from "./client/download.ts"
import { fileCases } from "./client/files.ts"
import { listingCases } from "./client/listing.ts"
import { parallelCases } from "./client/parallel.ts"
import { rangeCases } from "./client/ranges.ts"
import { sessionCases } from "./client/sessions.ts"
import { statCases } from "./client/stat.ts"
import { uploadCases } from "./client/upload.ts"
import { walkCases } from "./client/walk.ts"

const subjects: ReadonlyArray<readonly [subject: string, cases: (check: Check) => void]> = [
  ["listings", listingCases],
  ["stat", statCases],
  ["walks", walkCases],
  ["downloads", downloadCases],
  ["ranges", rangeCases],
  ["uploads", uploadCases],
  ["appends and sinks", appendCases],
  ["changes", changeCases],
  ["awkward names", awkwardCases],
  ["sessions", sessionCases],
  ["local files", fileCases],
  ["in parallel", parallelCases]
]

/** The server starts once for all cases. */
const START_LIMIT = Duration.seconds(60)

/** `only` names the subjects of a short run. */
export const clientSuite = (
  name: string,
  services: Layer.Layer<Services, unknown>,
  only: ReadonlyArray<string> = subjects.map(([subject]) => subject)
): void =>
  layer(services, { excludeTestServices: true, timeout: START_LIMIT })(name, (it) => {
    const check = makeCheck(it)
    for (const [subject, cases] of subjects.filter(([subject]) => only.includes(subject))) {
      describe(subject, () => cases(check))
    }
  })
