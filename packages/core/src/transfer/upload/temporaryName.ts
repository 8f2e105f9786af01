/**
 * The temporary names of atomic uploads.
 *
 *     .NAME.1a2b3c4d.ftp-effect                     an upload that only its own run can resume
 *     .NAME.0123456789abcdef.1a2b3c4d.ftp-effect    with the version of the source: a later run can resume it
 *     .NAME.old.1a2b3c4d.ftp-effect                 the old file, while the new one is given its name
 *
 * OpenVMS and z/OS can't have such names: they go out in the form of `protocol/NativeName`, in which a later run finds
 * them by our own record alone.
 *
 * All are in the directory of the final name, so that a rename moves no bytes, and hidden from listings that leave out
 * dotfiles. The random digits keep any two uploads apart, of the same file too.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as NativeName from "../../protocol/NativeName.ts"
import * as NativePath from "../../protocol/NativePath.ts"

const SUFFIX = ".ftp-effect"
const RANDOM_DIGITS = 8
const HEX = 16
const RANDOM_NAMES = HEX ** RANDOM_DIGITS
/** File systems limit names to 255 bytes; the rest of a temporary name takes 38. */
const MAX_NAME_BYTES = 200

/** A new name for the new content of `path`, which its server writes as `syntax` has it. */
export const make = (
  path: string,
  version: Option.Option<string>,
  syntax: NativePath.Syntax = "Slashes"
): Effect.Effect<string> => Effect.map(random, (number) => write(path, version, syntax, number))

/** A new name for the old content of `path`. It has no version, so no later run takes it for a partial upload. */
export const makeBackup = (path: string, syntax?: NativePath.Syntax): Effect.Effect<string> =>
  make(path, Option.some(BACKUP), syntax)

/**
 * Both for a path of which slashes are all that is to be known, with the same random digits, by a plain call: the `Random` of
 * Effect would take two more steps of the fiber for each small file. The digits keep uploads apart, and are no secret, from
 * neither of the two: who may write to the directory on the server could put anything under the final name as well.
 */
export const makeBoth = (path: string): { readonly at: string; readonly backup: string } => {
  const slash = path.lastIndexOf("/") + 1
  const start = `${path.slice(0, slash)}.${truncate(path.slice(slash))}.`
  const end = endOf(Math.floor(Math.random() * RANDOM_NAMES))
  return { at: start + end, backup: `${start}${BACKUP}.${end}` }
}

const BACKUP = "old"

const random = Random.nextIntBetween(0, RANDOM_NAMES)

const write = (path: string, version: Option.Option<string>, syntax: NativePath.Syntax, number: number): string =>
  directoryPrefix(path, syntax) + prefixOf(nameOf(path, syntax), version) + endOf(number)

const endOf = (number: number): string => number.toString(HEX).padStart(RANDOM_DIGITS, "0") + SUFFIX

/**
 * Whether a name in a listing of the directory, without that directory, is one that `make` can give. A server may list
 * it in another Unicode form than it was given (NFD on Macintosh).
 */
export const isOf = (path: string, version: Option.Option<string>): ((name: string) => boolean) => {
  const prefix = prefixOf(nameOf(path, "Slashes"), version).normalize("NFC")
  const length = prefix.length + RANDOM_DIGITS + SUFFIX.length
  return (listed) => {
    const name = listed.normalize("NFC")
    return name.length === length && name.startsWith(prefix) && name.endsWith(SUFFIX)
  }
}

const ANY = /^\..+\.[0-9a-f]{8}\.ftp-effect$/is

/** Whether a name, without its directory, is one that `make` or `makeBackup` can give, of any file. Not case-sensitive. */
export const isAny = (name: string): boolean => isUsual(name) || NativeName.isUpload(name)

/** The same without the forms of OpenVMS and z/OS, which files of other systems can have too. */
export const isUsual = (name: string): boolean => name.startsWith(".") && ANY.test(name)

const ANY_BACKUP = /^\.(.+)\.old\.[0-9a-f]{8}\.ftp-effect$/is

/** The name of the file whose old content has that name, as far as it was not too long. */
export const backupOf = (name: string): Option.Option<string> =>
  Option.orElse(Option.fromNullable(ANY_BACKUP.exec(name)?.[1]), () => NativeName.backupOf(name))

const TEMPORARY = /^\.(.+?)(\.old|\.[0-9a-f]{16})?\.[0-9a-f]{8}\.ftp-effect$/is

/** What `stemOf` may have been for a name that `isAny` accepts: of a file whose own name ends as a version does, too. */
export const stemsOf = (name: string): ReadonlyArray<string> => {
  const [, stem, version] = TEMPORARY.exec(name.normalize("NFC")) ?? []
  return stem === undefined ? [] : version === undefined ? [stem] : [stem, stem + version]
}

/** What of the name of a file is in its temporary names. */
export const stemOf = (name: string): string => truncate(name).normalize("NFC")

/** The directory of a path as the path writes it, and a slash after it. */
export const directoryPrefix = (path: string, syntax: NativePath.Syntax = "Slashes"): string => {
  if (syntax === "Slashes" || !NativePath.isUnclear(path)) {
    return path.slice(0, path.lastIndexOf("/") + 1)
  }
  const { directory } = NativePath.split(syntax, path)
  return directory === "" ? "" : `${directory}/`
}

const nameOf = (path: string, syntax: NativePath.Syntax): string =>
  syntax === "Slashes" || !NativePath.isUnclear(path)
    ? path.slice(path.lastIndexOf("/") + 1)
    : NativeName.withoutVersion(NativePath.split(syntax, path).name)

const prefixOf = (whole: string, version: Option.Option<string>): string => {
  const name = truncate(whole)
  return Option.match(version, { onNone: () => `.${name}.`, onSome: (version) => `.${name}.${version}.` })
}

/** Most bytes of a character of UTF-16 in UTF-8. */
const BYTES_OF_CHARACTER = 3

const truncate = (name: string): string => {
  if (name.length * BYTES_OF_CHARACTER <= MAX_NAME_BYTES) {
    return name
  }
  const encoder = new TextEncoder()
  let bytes = 0
  let kept = ""
  for (const character of name) {
    bytes += encoder.encode(character).byteLength
    if (bytes > MAX_NAME_BYTES) {
      break
    }
    kept += character
  }
  return kept
}
