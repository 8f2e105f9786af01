/**
 * A temporary name that is to be deleted, as an upload that was killed has left it: once more before that, whether it is
 * still so.
 *
 *     C: SIZE www/.a.txt.1a2b3c4d.ftp-effect      another size than planned: another client writes to it, it stays
 *     S: 213 4096                                 550, and it is not there: nothing to do, as this run has resumed it
 *        2 s later
 *     C: SIZE www/.a.txt.1a2b3c4d.ftp-effect      the same: it is dead
 *
 * A server's clock may be days behind, or it may list sizes and times as they were when the file was opened. One that
 * does not tell the size has nothing deleted.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { isNotFound } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import { sizeOf } from "../session/file.ts"
import { REST_TIME } from "../transfer/upload/partialUpload.ts"
import * as TemporaryName from "../transfer/upload/temporaryName.ts"
import type { Step } from "./MirrorPlan.ts"
import type { Outdated } from "./recheck.ts"
import * as Tree from "./Tree.ts"
import type { LocalTree, MirrorError, MirrorTree, RemoteTree } from "./trees.ts"

export type Removal = Extract<Step, { readonly _tag: "Remove" }>

/** Whether the step deletes a file or a link that has a temporary name of an upload. */
export const isRemoval = (step: Step): step is Removal =>
  step._tag === "Remove" && step.precondition._tag !== "Directory" && TemporaryName.isAny(Tree.nameOf(step.path))

/** `"Dead"`: it may be deleted. `"Gone"`: there is no such name. Otherwise what is there now. */
export type Now = "Dead" | "Gone" | Outdated["found"]

/** Deletes what is dead, and says what it found. */
export const remove = (step: Removal, target: MirrorTree): Effect.Effect<Now, MirrorError> =>
  Effect.flatMap(now(step, target), (found) =>
    found !== "Dead"
      ? Effect.succeed(found)
      : Effect.as(target.removeFile(step.path), found).pipe(
          Effect.catchIf(isNotFound, () => Effect.succeed<Now>("Gone"))
        )
  )

const now = ({ path, precondition }: Removal, target: MirrorTree): Effect.Effect<Now, MirrorError> =>
  precondition._tag !== "File"
    ? Effect.succeed("Dead")
    : precondition.size === undefined
      ? Effect.succeed({ _tag: "Unread" })
      : target._tag === "Local"
        ? onDisk(target, path, precondition.size)
        : onServer(target, path, precondition.size)

const compared = (planned: number, size: number | undefined): Now =>
  size === planned ? "Dead" : { _tag: "File", size, modified: undefined }

const onDisk = ({ files, pathOf }: LocalTree, path: string, planned: number): Effect.Effect<Now, MirrorError> =>
  Effect.map(
    files.info(pathOf(path)),
    Option.match({ onNone: (): Now => "Gone", onSome: ({ size }) => compared(planned, size) })
  )

const onServer = (target: RemoteTree, path: string, planned: number): Effect.Effect<Now, MirrorError> => {
  const at = target.pathOf(path)
  const asked = target.client
    .withSession((session) => Effect.map(session.run(Command.size(at)), sizeOf))
    .pipe(
      Effect.map(Option.match({ onNone: (): Now => ({ _tag: "Unread" }), onSome: (size) => compared(planned, size) })),
      Effect.catchTag("FtpRejected", (rejected) =>
        isNotFound(rejected)
          ? Effect.succeed<Now>("Gone")
          : Effect.map(target.client.exists(at), (isThere): Now => (isThere ? { _tag: "Unread" } : "Gone"))
      )
    )
  return Effect.flatMap(asked, (first) => (first === "Dead" ? Effect.delay(asked, REST_TIME) : Effect.succeed(first)))
}
