/**
 * Names that systems without slashes can have.
 *
 *     OpenVMS   A.TXT;4     name, type and version; a blank or a wildcard would make another path of it
 *     z/OS      LIB.CNTL    qualifiers of 8 characters, 44 in all; a member is one of them
 *
 * The temporary name of an upload (`.NAME.1a2b3c4d.ftp-effect`) is possible on neither, so it has another form there:
 *
 *     OpenVMS   NAME_1A2B3C4D.FTP-EFFECT     39 characters before and after the dot, as ODS-2 has it
 *     z/OS      @#2B3C4D                     a member, or the last qualifier
 *
 * On OpenVMS the manifest of a mirror, which begins with a dot too, is `FTP-EFFECT-MANIFEST.JSON`.
 */
import * as Option from "effect/Option"

/** The digits of a temporary name keep any two uploads apart. */
const TEMPORARY = /^\.(.+)\.([0-9a-f]{8})\.ftp-effect$/is

const isTemporary = (name: string): boolean => name.startsWith(".") && TEMPORARY.test(name)

/** Of the name itself: with `_OLD_`, the digits and a version it stays below 39. */
const STEM_LENGTH = 24

/** The usual name of the manifest of a mirror. */
const MANIFEST = ".ftp-effect-manifest.json"
const VMS_MANIFEST = "FTP-EFFECT-MANIFEST.JSON"

/** A name as OpenVMS can have it: that of an upload or a manifest in its own form, every other as it is. */
export const inVms = (name: string): string => {
  if (name === MANIFEST) {
    return VMS_MANIFEST
  }
  const [, of = "", digits = ""] = (isTemporary(name) ? TEMPORARY.exec(name) : null) ?? []
  if (digits === "") {
    return name
  }
  const isBackup = /\.old$/i.test(of)
  const stem = of.replace(/(?:\.old|\.[0-9a-f]{16})$/i, "").replace(/[^A-Za-z0-9$_-]/g, "_")
  // A hyphen can't be the first character in ODS-2.
  const start = stem.slice(0, STEM_LENGTH).replace(/^-/, "_")
  return `${start}${isBackup ? "_OLD" : ""}_${digits}.FTP-EFFECT`.toUpperCase()
}

/** As many digits as fit into a member's name behind its mark. */
const MVS_DIGITS = 6

/** The same for z/OS: a member, or a qualifier of a data set. */
export const inMvs = (name: string): string => {
  const digits = isTemporary(name) ? TEMPORARY.exec(name)?.[2] : undefined
  return digits === undefined ? name : `@#${digits.slice(-MVS_DIGITS)}`.toUpperCase()
}

const VMS_UPLOAD = /^.+_[0-9a-f]{8}\.ftp-effect(?:;\d+)?$/is
const MVS_UPLOAD = /(?:^|\.)@#[0-9a-f]{6}$/i

/** Whether a listed name is that of an upload in its form for OpenVMS or z/OS. Not case-sensitive. */
export const isUpload = (name: string): boolean =>
  (/ftp-effect(?:;\d+)?$/i.test(name) && VMS_UPLOAD.test(name)) || (name.includes("@#") && MVS_UPLOAD.test(name))

const VMS_BACKUP = /^(.+)_OLD_[0-9a-f]{8}\.ftp-effect(?:;\d+)?$/is

/** What is left of the name of the file whose old content has that name on OpenVMS. */
export const backupOf = (name: string): Option.Option<string> => Option.fromNullable(VMS_BACKUP.exec(name)?.[1])

/** Without the version, and without the dot of a name that has no type: `A.TXT;4` is `A.TXT`, `DATA.;1` is `DATA`. */
export const withoutVersion = (name: string): string => name.replace(/;\d*$/, "").replace(/(.)\.$/, "$1")

/** A directory is listed as a file of this type: `SUB.DIR;1` is `[.SUB]`. */
const DIRECTORY_TYPE = /\.DIR(?:;\d*)?$/i

/** Whether OpenVMS takes a file of that name for a directory. */
export const hasDirectoryType = (name: string): boolean => DIRECTORY_TYPE.test(name)

/** The name of a directory of OpenVMS as it is written between its brackets. */
export const withoutDirectoryType = (name: string): string => name.replace(DIRECTORY_TYPE, "")

/** The name that a tree has for a listed file. */
export const inTree = (name: string): string => {
  const plain = withoutVersion(name)
  return plain.toUpperCase() === VMS_MANIFEST ? MANIFEST : plain
}

/** Whether two listed names, or one that was asked for and a listed one, are one name but for the version and case. */
export const isSameInVms = (one: string, other: string): boolean =>
  withoutVersion(one).toUpperCase() === withoutVersion(other).toUpperCase()

/** What begins or ends another part of a path, a wildcard, or a blank. ODS-5 writes them with `^` before. */
const NOT_IN_VMS = /[\s"*%?<>:/\\|[\]\x00-\x1f\x7f]/

/** ODS-5 has names of 236 bytes. */
const VMS_LENGTH = 236

/** What `^` comes before is part of the name, but nothing that ends a directory or a device: not all servers read that. */
const unescaped = (name: string): string => name.replace(/\^[^[\]<>:/]/g, "_")

/** Why OpenVMS can't have the name, in words that follow "the name …". */
export const unsafeInVms = (name: string, kind: "File" | "Directory"): Option.Option<string> => {
  const plain = unescaped(inVms(name))
  const base = kind === "File" ? plain.replace(/;\d{0,5}$/, "") : plain
  const found = NOT_IN_VMS.exec(base)
  return found !== null
    ? Option.some(`holds ${/\s/.test(found[0]) ? "a blank" : `a "${found[0]}"`}, which OpenVMS has in no name`)
    : base.length > VMS_LENGTH
      ? Option.some("is too long for OpenVMS")
      : base.includes(";")
        ? Option.some('holds a ";", which OpenVMS has before a version only')
        : base.endsWith("^")
          ? Option.some('ends in a "^", which OpenVMS takes for part of what is after it')
          : base.startsWith(".")
            ? Option.some("begins with a dot, which OpenVMS has before the type of a file only")
            : kind === "Directory" && /^-+$/.test(base)
              ? Option.some("is hyphens alone, which lead up from a directory of OpenVMS")
              : kind === "Directory" && base.includes(".")
                ? Option.some("holds a dot, which OpenVMS has in no name of a directory")
                : Option.none()
}

const QUALIFIER = "[A-Z@#$][A-Z0-9@#$-]{0,7}"
const DATA_SET = new RegExp(`^${QUALIFIER}(?:\\.${QUALIFIER}){0,21}$`, "i")
const MEMBER = /^[A-Z@#$][A-Z0-9@#$]{0,7}$/i

/** With the qualifiers before it. */
const DATA_SET_LENGTH = 44

/** Whether a member of a partitioned data set can have the name. */
export const isMember = (name: string): boolean => MEMBER.test(name)

/** Why z/OS can't have a data set of that name. `prefix` are its qualifiers, a dot at the end. */
export const unsafeDataSet = (prefix: string, name: string): Option.Option<string> =>
  !DATA_SET.test(inMvs(name))
    ? Option.some("is none of a data set: that has 1 to 8 letters and digits between its dots, and a letter first")
    : prefix.length + inMvs(name).length > DATA_SET_LENGTH
      ? Option.some("is too long: a data set has 44 characters with its prefix")
      : Option.none()

/** Why z/OS can't have a member of that name. */
export const unsafeMember = (name: string): Option.Option<string> =>
  isMember(inMvs(name))
    ? Option.none()
    : Option.some("is none of a member: that has 1 to 8 letters and digits, and a letter first")
