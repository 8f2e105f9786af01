/**
 * One file that must replace none on the server (`put --no-clobber`), although another client may put one there while it
 * is sent:
 *
 *     sent under a temporary name ──is the name free?──yes──► renamed
 *                                          └──no──► deleted, and left out
 */
import type { FtpClient } from "@ftp-effect/core/FtpClient"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import { FtpIntegrityError } from "@ftp-effect/core/FtpError"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import type * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Effect from "effect/Effect"

type OnPublish = NonNullable<FtpTransfer.UploadOptions["onPublish"]>

/** `None` if the name was taken by the time that `upload` ran what it is given. */
export const unlessTaken = <A, E, R>(
  { exists }: Pick<FtpClient, "exists">,
  remote: string,
  upload: (onPublish: OnPublish) => Effect.Effect<A, E, R>
) =>
  Effect.flatMap(FtpPool, ({ endpoints }) => {
    let wasTaken = false
    const fails = (reason: "Changed" | "Unverified", actual: string) =>
      new FtpIntegrityError({
        reason,
        direction: "Upload",
        path: remote,
        expected: "no file of that name",
        actual,
        endpoint: endpoints.map(FtpEndpoint.toLabel).join(", ")
      })
    const onPublish: OnPublish = exists(remote).pipe(
      Effect.catchTag("FtpListingError", ({ message }) => fails("Unverified", message)),
      Effect.flatMap((isTaken) => {
        wasTaken = isTaken
        return isTaken ? fails("Changed", "one that was put there meanwhile") : Effect.void
      })
    )
    return Effect.catchIf(
      Effect.asSome(upload(onPublish)),
      () => wasTaken,
      () => Effect.succeedNone
    )
  })
