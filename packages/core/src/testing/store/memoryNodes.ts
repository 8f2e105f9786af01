/**
 * The files, directories and symbolic links of a store in memory, and how paths lead to them.
 *
 * Every function is pure or changes the nodes at once; a refusal is a returned `StoreError`.
 */
import * as RemotePath from "../../protocol/RemotePath.ts"
import { type FileInfo, StoreError } from "./FileStore.ts"

interface Common {
  readonly id: number
  modified: number
  mode: number
}

export interface FileNode extends Common {
  readonly type: "File"
  /** The content, and room to grow. */
  bytes: Uint8Array
  /** Whether `bytes` may be written to: false while it is the array that the caller gave. */
  owned: boolean
  size: number
}

export interface DirectoryNode extends Common {
  readonly type: "Directory"
  readonly children: Map<string, Node>
}

interface LinkNode extends Common {
  readonly type: "SymbolicLink"
  readonly target: string
}

export type Node = FileNode | DirectoryNode | LinkNode

export interface State {
  readonly root: DirectoryNode
  readonly quota: number
  used: number
  nextId: number
}

/** MAXSYMLINKS of Linux. */
const MAX_LINKS = 40

export const FILE_MODE = 0o644
export const DIRECTORY_MODE = 0o755
const LINK_MODE = 0o777

/** The size of a directory on ext4, as listings print it. */
const DIRECTORY_SIZE = 4096

const OWNER = "ftp"

export const newDirectory = (state: State, modified: number): DirectoryNode => ({
  type: "Directory",
  id: state.nextId++,
  modified,
  mode: DIRECTORY_MODE,
  children: new Map()
})

export const newLink = (state: State, modified: number, target: string): LinkNode => ({
  type: "SymbolicLink",
  id: state.nextId++,
  modified,
  mode: LINK_MODE,
  target
})

export const newFile = (state: State, modified: number): FileNode => ({
  type: "File",
  id: state.nextId++,
  modified,
  mode: FILE_MODE,
  bytes: new Uint8Array(0),
  owned: true,
  size: 0
})

/** Continues with a value that is not an error. */
export const into = <A, B>(value: A | StoreError, use: (value: A) => B | StoreError): B | StoreError =>
  value instanceof StoreError ? value : use(value)

export const find = (state: State, path: string, follow: boolean): Node | StoreError => {
  let names = RemotePath.normalise(path).split("/")
  let node: Node = state.root
  let links = 0
  for (let index = 1; index < names.length; index += 1) {
    const name = names[index] ?? ""
    if (name === "") {
      continue
    }
    if (node.type !== "Directory") {
      return new StoreError({ reason: "NotADirectory", path })
    }
    const child: Node | undefined = node.children.get(name)
    if (child === undefined) {
      return new StoreError({ reason: "NotFound", path })
    }
    if (child.type === "SymbolicLink" && (follow || index < names.length - 1)) {
      links += 1
      if (links > MAX_LINKS) {
        return new StoreError({ reason: "TooManyLinks", path })
      }
      const target = RemotePath.isAbsolute(child.target)
        ? child.target
        : `${names.slice(0, index).join("/")}/${child.target}`
      names = RemotePath.normalise([target, ...names.slice(index + 1)].join("/")).split("/")
      index = 0
      node = state.root
      continue
    }
    node = child
  }
  return node
}

export const findDirectory = (state: State, path: string): DirectoryNode | StoreError =>
  into(find(state, path, true), (node) =>
    node.type === "Directory" ? node : new StoreError({ reason: "NotADirectory", path })
  )

const findFile = (state: State, path: string): FileNode | StoreError =>
  into(find(state, path, true), (node) =>
    node.type === "File" ? node : new StoreError({ reason: "IsADirectory", path })
  )

/** The directory that contains the last name of the path. */
export const holder = (state: State, path: string): DirectoryNode | StoreError => {
  if (RemotePath.baseName(path) === "") {
    return new StoreError({ reason: "PermissionDenied", path })
  }
  const found = findDirectory(state, RemotePath.parent(path))
  return found instanceof StoreError ? new StoreError({ reason: found.reason, path }) : found
}

export const fileToWrite = (state: State, now: number, path: string): FileNode | StoreError => {
  const existing = findFile(state, path)
  if (!(existing instanceof StoreError) || existing.reason !== "NotFound") {
    return existing
  }
  // A dangling link: the file is made where the link points, as by open(2).
  const link = find(state, path, false)
  if (!(link instanceof StoreError) && link.type === "SymbolicLink") {
    const target = RemotePath.isAbsolute(link.target) ? link.target : `${RemotePath.parent(path)}/${link.target}`
    return create(state, now, RemotePath.normalise(target))
  }
  return create(state, now, path)
}

const create = (state: State, now: number, path: string): FileNode | StoreError =>
  into(holder(state, path), (parent) => {
    const name = RemotePath.baseName(path)
    if (parent.children.has(name)) {
      return new StoreError({ reason: "TooManyLinks", path })
    }
    const file = newFile(state, now)
    parent.children.set(name, file)
    parent.modified = now
    return file
  })

export const unlink = (state: State, now: number, parent: DirectoryNode, path: string, node: Node): void => {
  parent.children.delete(RemotePath.baseName(path))
  parent.modified = now
  state.used -= node.type === "File" ? node.size : 0
}

export const rename = (state: State, now: number, from: string, to: string): undefined | StoreError => {
  const node = find(state, from, false)
  const source = holder(state, from)
  const target = holder(state, to)
  if (node instanceof StoreError) {
    return node
  }
  if (source instanceof StoreError) {
    return source
  }
  if (target instanceof StoreError) {
    return target
  }
  if (node.type === "Directory" && (`${to}/`.startsWith(`${from}/`) || contains(node, target))) {
    return from === to ? undefined : new StoreError({ reason: "BadName", path: to })
  }
  const replaced = target.children.get(RemotePath.baseName(to))
  if (replaced === node) {
    return undefined
  }
  if (replaced?.type === "Directory" && (node.type !== "Directory" || replaced.children.size > 0)) {
    return new StoreError({ reason: node.type === "Directory" ? "NotEmpty" : "IsADirectory", path: to })
  }
  if (replaced !== undefined && replaced.type !== "Directory" && node.type === "Directory") {
    return new StoreError({ reason: "NotADirectory", path: to })
  }
  if (replaced !== undefined) {
    unlink(state, now, target, to, replaced)
  }
  source.children.delete(RemotePath.baseName(from))
  target.children.set(RemotePath.baseName(to), node)
  source.modified = now
  target.modified = now
  return undefined
}

const contains = (directory: DirectoryNode, wanted: DirectoryNode): boolean =>
  directory === wanted ||
  Array.from(directory.children.values()).some((child) => child.type === "Directory" && contains(child, wanted))

export const infoOf = (node: Node): FileInfo => ({
  type: node.type,
  size: node.type === "File" ? node.size : node.type === "Directory" ? DIRECTORY_SIZE : node.target.length,
  modified: node.modified,
  mode: node.mode,
  owner: OWNER,
  group: OWNER,
  unique: `1g${node.id.toString(16)}`,
  linkTarget: node.type === "SymbolicLink" ? node.target : undefined
})
