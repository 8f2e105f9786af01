/** `--charset`, of clients and of `serve`: a charset by its name. */
import * as FtpCharset from "@ftp-effect/core/FtpCharset"
import type * as Option from "effect/Option"
import * as Flag from "./Flag.ts"

const WORDS: ReadonlyMap<string, FtpCharset.Name> = new Map(FtpCharset.names.map((name) => [name, name]))

export const charsetFlag = (help: string): Flag.Flag<Option.Option<FtpCharset.Name>> =>
  Flag.choice("charset", "NAME", WORDS, help)
