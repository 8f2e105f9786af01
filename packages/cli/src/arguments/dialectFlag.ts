/** `--dialect`, of clients and of `serve`: a format of LIST by its name in lower case. */
import * as FtpSession from "@ftp-effect/core/FtpSession"
import type * as Option from "effect/Option"
import * as Flag from "./Flag.ts"

const WORDS: ReadonlyMap<string, FtpSession.Dialect> = new Map(
  FtpSession.dialects.map((dialect) => [dialect.toLowerCase(), dialect])
)

export const make = (help: string): Flag.Flag<Option.Option<FtpSession.Dialect>> =>
  Flag.choice("dialect", "NAME", WORDS, help)
