/**
 * Paths of a server that imitates OpenVMS or z/OS. A slash in a path means nothing to it, names are in upper case, and
 * what the system could not have is refused:
 *
 *     store            OpenVMS (ODS-2)        z/OS
 *     /                DISK:[FTP]             'FTP.'
 *     /LIB.CNTL/A      no such directory      'FTP.LIB.CNTL(A)'
 *     /SUB/A.TXT       DISK:[FTP.SUB]A.TXT    no such member
 *     /DATA            DISK:[FTP]DATA.        'FTP.DATA'
 *
 * The logical name `SYS$LOGIN:` leads to the first of them on OpenVMS, which shows the only version of each file as `;1`, and takes names without it.
 */
import * as RemotePath from "../../protocol/RemotePath.ts"
import type { NamedInfo } from "../store/FileStore.ts"

/** Whose paths they are. */
export type System = "Vms" | "Mvs"

/** No store has such a path, nor makes one. */
const NONE = "/\0"

/** The path in the store. */
export const resolve = (system: System, directory: string, argument: string): string =>
  (system === "Vms" ? fromVms : fromMvs)(directory, argument.toUpperCase()) ?? NONE

/** As PWD names a directory. */
export const directoryName = (system: System, path: string): string => {
  const names = namesOf(path)
  return system === "Vms" ? `DISK:[${["FTP", ...names].join(".")}]` : `'FTP.${names.join("")}'`
}

const namesOf = (path: string): ReadonlyArray<string> => path.split("/").filter((name) => name !== "")

/** Whether a directory can have that path in the store: z/OS has none in another. */
export const mayHold = (system: System, path: string): boolean =>
  system === "Vms" ? namesOf(path).every((name) => !name.includes(".")) : namesOf(path).length < 2

/** What the system can have of the entries of a directory, with names as it lists them. */
export const listed = (system: System, path: string, entries: ReadonlyArray<NamedInfo>): ReadonlyArray<NamedInfo> =>
  entries.flatMap((entry) => {
    const { info, name } = entry
    if (system === "Mvs") {
      return (path === "/" ? DATA_SET : MEMBER).test(name) ? [entry] : []
    }
    return info.type === "Directory"
      ? VMS_DIRECTORY.test(name)
        ? [entry]
        : []
      : VMS_FILE.test(name)
        ? [{ info, name: name.includes(".") ? name : `${name}.` }]
        : []
  })

/** The lines of the members of a partitioned data set. */
export const members = (entries: ReadonlyArray<NamedInfo>): ReadonlyArray<string> => [
  " Name     VV.MM   Created       Changed      Size  Init   Mod   Id",
  ...entries.map(({ info, name }) => {
    const at = new Date(info.modified ?? 0).toISOString().replaceAll("-", "/")
    return `${name.padEnd(9)} 01.00 ${at.slice(0, 10)} ${at.slice(0, 10)} ${at.slice(11, 16)}    12    10     0 FTP`
  })
]

const VMS_DIRECTORY = /^[A-Z0-9$_][A-Z0-9$_-]{0,38}$/
const VMS_FILE = /^[A-Z0-9$_][A-Z0-9$_-]{0,38}(?:\.[A-Z0-9$_-]{0,39})?$/
const VMS_PATH = /^(?:DISK:)?\[([^\][]*)\](.*)$/s
const SYS_LOGIN = "SYS$LOGIN:"

const fromVms = (directory: string, argument: string): string | undefined => {
  if (argument.startsWith(SYS_LOGIN)) {
    return fromVms("/", argument.slice(SYS_LOGIN.length))
  }
  const [, inner, rest = argument] = VMS_PATH.exec(argument) ?? []
  let at: Array<string> = [...namesOf(directory)]
  if (inner !== undefined) {
    const [first = "", ...names] = inner.split(".")
    if (first === "FTP") {
      at = []
    } else if (first === "-") {
      at.pop()
    } else if (first !== "") {
      return undefined
    }
    for (const name of names) {
      if (name !== "-" && !VMS_DIRECTORY.test(name)) {
        return undefined
      }
      name === "-" ? at.pop() : at.push(name)
    }
  }
  const file = rest.replace(/;[01]?$/, "")
  return file === ""
    ? `/${at.join("/")}`
    : VMS_FILE.test(file)
      ? RemotePath.join(`/${at.join("/")}`, file.replace(/\.$/, ""))
      : undefined
}

const QUALIFIER = "[A-Z@#$][A-Z0-9@#$-]{0,7}"
const DATA_SET = new RegExp(`^(?=.{1,40}$)${QUALIFIER}(?:\\.${QUALIFIER})*$`)
const MEMBER = /^[A-Z@#$][A-Z0-9@#$]{0,7}$/
const MVS_PATH = /^([^()]*)(?:\(([^()]+)\))?$/

const fromMvs = (directory: string, argument: string): string | undefined => {
  if (argument === "") {
    return directory
  }
  const quoted = /^'(.+)'$/.exec(argument)?.[1]
  if (quoted === "FTP" || quoted === "FTP.") {
    return "/"
  }
  if (quoted === undefined && directory !== "/") {
    return MEMBER.test(argument) ? `${directory}/${argument}` : undefined
  }
  const [, dataSet = "", member] = MVS_PATH.exec(quoted === undefined ? argument : quoted.replace(/^FTP\./, "")) ?? []
  return (quoted !== undefined && !quoted.startsWith("FTP.")) || !DATA_SET.test(dataSet)
    ? undefined
    : member === undefined
      ? `/${dataSet}`
      : MEMBER.test(member)
        ? `/${dataSet}/${member}`
        : undefined
}
