/**
 * The version of a local file, as part of the temporary name of its upload: 16 hexadecimal digits, FNV-1a of its size
 * and time. A later run recognises a partial upload of the same version by its name.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import { fnv1a } from "../../base/fnv1a.ts"
import type { LocalInfo } from "../../platform/FtpLocalFile.ts"

/** `None` if the file has no time, or is no regular file. */
export const make = ({ modified, size, type }: LocalInfo): Option.Option<string> =>
  type === "File" ? Option.map(modified, (at) => fnv1a(`${size} ${DateTime.toEpochMillis(at)}`)) : Option.none()
