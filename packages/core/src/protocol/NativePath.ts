/**
 * Paths of systems that have no slashes. What the system is shows in the reply to PWD; paths are sent as they are given,
 * and an entry is joined to its directory as the system writes it:
 *
 *     OpenVMS   DISK:[ANNA]  + A.TXT;4   DISK:[ANNA]A.TXT;4        DISK:[ANNA] + SUB (directory)   DISK:[ANNA.SUB]
 *     z/OS      'ANNA.'      + LIB.CNTL  'ANNA.LIB.CNTL'           'ANNA.LIB.CNTL' + MEMBER        'ANNA.LIB.CNTL(MEMBER)'
 *
 * IBM i has slashes in both of its forms (`/QSYS.LIB/X.LIB/…`, `LIB/FILE.MEMBER`), so it needs nothing here.
 */
import type { FtpEntry } from "./FtpEntry.ts"
import * as RemotePath from "./RemotePath.ts"

/** How a server writes its paths. */
export type Syntax = "Slashes" | "Vms" | "Mvs"

const VMS_DIRECTORY = /^((?:[\w$-]+::)?(?:[\w$-]+:)?)\[([^\][/]*)\]$/

/** By the working directory that PWD names. */
export const syntaxOf = (workingDirectory: string): Syntax =>
  VMS_DIRECTORY.test(workingDirectory) ? "Vms" : /^'[^'/]+'$/.test(workingDirectory) ? "Mvs" : "Slashes"

type Listed = Pick<FtpEntry, "name" | "type" | "raw">

/** The path of an entry of `directory`, which is `""` for the working directory. */
export const join = (syntax: Syntax, directory: string, entry: Listed): string => {
  switch (syntax) {
    case "Vms":
      return inVms(directory, entry)
    case "Mvs":
      return inMvs(directory, entry)
    case "Slashes":
      return RemotePath.join(directory, entry.name)
  }
}

const inVms = (directory: string, { name, type }: Listed): string => {
  const parts = VMS_DIRECTORY.exec(directory === "" ? "[]" : directory)
  if (parts === null) {
    return RemotePath.join(directory, name)
  }
  const [, device = "", inner = ""] = parts
  return type === "Directory" ? `${device}[${inner}.${name}]` : `${directory}${name}`
}

const inMvs = (directory: string, { name, raw }: Listed): string => {
  if (directory === "" || name.startsWith("'")) {
    return name
  }
  const [bare, quote] = directory.startsWith("'") ? [directory.slice(1, -1), "'"] : [directory, ""]
  // The line of a member begins with its name, that of a data set ends with it.
  const line = raw.trim()
  return line === name || (line.startsWith(name) && !line.endsWith(` ${name}`))
    ? `${quote}${bare}(${name})${quote}`
    : `${quote}${bare.replace(/\.$/, "")}.${name}${quote}`
}

/** A path taken apart: the directory to list, and the name there. */
export interface Split {
  readonly directory: string
  readonly name: string
}

/** The directory that holds the path; the name is empty if it has none. */
export const split = (syntax: Syntax, path: string): Split => {
  switch (syntax) {
    case "Vms":
      return splitVms(path)
    case "Mvs":
      return splitMvs(path)
    case "Slashes":
      return { directory: RemotePath.parent(path), name: RemotePath.baseName(path) }
  }
}

const splitVms = (path: string): Split => {
  const end = path.indexOf("]")
  if (end === -1 || path.includes("/")) {
    return path.includes("/") ? split("Slashes", path) : { directory: "", name: path }
  }
  if (end < path.length - 1) {
    return { directory: path.slice(0, end + 1), name: path.slice(end + 1) }
  }
  const [, device = "", inner = ""] = VMS_DIRECTORY.exec(path) ?? []
  const dot = inner.lastIndexOf(".")
  const above = inner.slice(0, Math.max(0, dot))
  return dot === -1
    ? { directory: `${device}[000000]`, name: inner }
    : { directory: device === "" && above === "" ? "" : `${device}[${above}]`, name: inner.slice(dot + 1) }
}

const splitMvs = (path: string): Split => {
  const [bare, quote] = path.startsWith("'") ? [path.slice(1, -1), "'"] : [path, ""]
  const member = /^(.+)\(([^()]+)\)$/.exec(bare)
  if (member !== null) {
    return { directory: `${quote}${member[1] ?? ""}${quote}`, name: member[2] ?? "" }
  }
  const dot = bare.replace(/\.$/, "").lastIndexOf(".")
  return dot === -1
    ? { directory: "", name: quote === "" ? bare : "" }
    : { directory: `${quote}${bare.slice(0, dot + 1)}${quote}`, name: bare.slice(dot + 1) }
}

/** Whether a listed name is the one that was asked for: on VMS without its version too. */
export const isNamed = (syntax: Syntax, listed: string, asked: string): boolean =>
  listed === asked || (syntax === "Vms" && !asked.includes(";") && listed.startsWith(`${asked};`))
