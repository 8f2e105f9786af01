/** Records of uploads in memory: a test reads and changes them, or breaks the disk that they would be on. */
import { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import { FtpUploadRecords } from "@ftp-effect/core/FtpUploadRecords"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"

export class MemoryRecords extends Context.Tag("test/MemoryRecords")<
  MemoryRecords,
  { readonly texts: Map<string, string>; isWritable: boolean }
>() {}

export const layer: Layer.Layer<FtpUploadRecords | MemoryRecords> = Layer.effectContext(
  Effect.sync(() => {
    const disk: MemoryRecords["Type"] = { texts: new Map(), isWritable: true }
    const refused = new FtpLocalFileError({ reason: "NoSpace", operation: "Write", path: "records", detail: "full" })
    const service = FtpUploadRecords.of({
      read: (name) => Effect.sync(() => Option.fromNullable(disk.texts.get(name))),
      write: (name, text) =>
        Effect.suspend(() => (disk.isWritable ? Effect.sync(() => void disk.texts.set(name, text)) : refused)),
      remove: (name) => Effect.sync(() => void disk.texts.delete(name))
    })
    return Context.make(FtpUploadRecords, service).pipe(Context.add(MemoryRecords, disk))
  })
)
