/**
 * Names that are legal on every UNIX server, and that clients get wrong: quoting, globbing, options, trimming,
 * encoding.
 */
import * as WireText from "@ftp-effect/core/protocol/WireText"
import type { ServerSide } from "./ServerSide.ts"

export const AWKWARD: ReadonlyArray<string> = [
  "with space",
  "two  spaces",
  " ",
  " leading",
  "trailing ",
  'quo"te',
  '""',
  "apos'trophe",
  "[br]",
  "[a-z]*",
  "st*r",
  "wh?t",
  "{a,b}",
  "*",
  "?",
  "[",
  "-",
  "-a",
  "-dash",
  "-la",
  "~",
  "~root",
  "#hash",
  "per%41cent",
  "100%",
  "semi;colon",
  "type=dir; fake",
  "%2e%2e",
  "back\\slash",
  "\\",
  "ends\\",
  "$HOME",
  "`ls`",
  "a -> b",
  "12 Jan  1 2001 x",
  "total 5",
  "comma, and (4711 bytes)",
  "tab\tin it",
  "umlaut äöü",
  "日本語.txt",
  "emoji 🙂",
  "caf\u00e9",
  "cafe\u0301",
  "...",
  "..a",
  "&|<>",
  "=+@!",
  "x".repeat(200)
]

/** Those that the server lists, and those that its commands take as well. */
export const listable = ({ traits }: ServerSide["Type"]) => AWKWARD.filter((name) => !traits.unlisted.includes(name))
export const usable = ({ traits }: ServerSide["Type"]) => AWKWARD.filter((name) => !traits.unusable.includes(name))

/** `é` in ISO 8859-1, as disks of older days hold it. */
export const LATIN1 = `caf${WireText.decode(Uint8Array.of(0xe9))}`
