/**
 * Files in memory, with symbolic links and a quota. Times come from the Clock.
 *
 * There are no owners, and modes are stored but not checked: every user may do everything.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as RemotePath from "../../protocol/RemotePath.ts"
import {
  BYTES_PER_CHUNK,
  type FileInfo,
  type FileStore,
  type NamedInfo,
  StoreError,
  type StoreReader,
  type StoreWriter,
  TypeId,
  type WriteFrom
} from "./FileStore.ts"

/**
 * What a tree says of one path: the content, or more about it. A string is stored as UTF-8. `link` makes a symbolic
 * link; `modified` defaults to the time when the store is made, `mode` to 644 for files and 755 for directories.
 */
export type TreeEntry =
  | string
  | Uint8Array
  | {
      readonly content?: string | Uint8Array | undefined
      readonly link?: string | undefined
      readonly modified?: Date | undefined
      readonly mode?: number | undefined
    }

/**
 * Files by path, from the root, with or without the first slash; a path that ends in a slash is a directory. Parents
 * come by themselves.
 *
 *     { "pub/readme.txt": "hi\n", "pub/empty/": {}, "latest": { link: "pub" } }
 */
export type Tree = { readonly [path: string]: TreeEntry }

export interface MemoryStoreOptions {
  /** How many bytes all files together may have. Default: any number. */
  readonly quota?: number | undefined
}

interface Common {
  readonly id: number
  modified: number
  mode: number
}

interface FileNode extends Common {
  readonly type: "File"
  /** The content and room to grow; not to be written to while it is the caller's. */
  bytes: Uint8Array
  owned: boolean
  size: number
}

interface DirectoryNode extends Common {
  readonly type: "Directory"
  readonly children: Map<string, Node>
}

interface LinkNode extends Common {
  readonly type: "SymbolicLink"
  readonly target: string
}

type Node = FileNode | DirectoryNode | LinkNode

interface State {
  readonly root: DirectoryNode
  readonly quota: number
  used: number
  nextId: number
}

/** MAXSYMLINKS of Linux. */
const MAX_LINKS = 40

const FILE_MODE = 0o644
const DIRECTORY_MODE = 0o755
const LINK_MODE = 0o777
const MODE_BITS = 0o7777

/** Every directory says 4096 on ext4, and lists print it. */
const DIRECTORY_SIZE = 4096

const OWNER = "ftp"

/** A store with these files. */
export const make = (tree: Tree = {}, options: MemoryStoreOptions = {}): Effect.Effect<FileStore> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    const root: DirectoryNode = { type: "Directory", id: 1, modified: now, mode: DIRECTORY_MODE, children: new Map() }
    const state: State = { root, quota: options.quota ?? Number.POSITIVE_INFINITY, used: 0, nextId: 2 }
    for (const [path, entry] of Object.entries(tree)) {
      plant(state, now, path, entry)
    }
    return store(state)
  })

const plant = (state: State, now: number, path: string, entry: TreeEntry): void => {
  const names = RemotePath.normalise(`/${path}`).slice(1).split("/")
  const last = names.pop() ?? ""
  let directory = state.root
  for (const name of names) {
    const child = directory.children.get(name)
    if (child?.type === "Directory") {
      directory = child
    } else {
      const made = newDirectory(state, now)
      directory.children.set(name, made)
      directory = made
    }
  }
  const plain = typeof entry === "string" || entry instanceof Uint8Array
  const details = plain ? { content: entry } : entry
  const modified = details.modified?.getTime() ?? now
  if (path.endsWith("/") || last === "") {
    const existing = last === "" ? directory : directory.children.get(last)
    const node = existing?.type === "Directory" ? existing : newDirectory(state, modified)
    node.modified = modified
    node.mode = details.mode ?? DIRECTORY_MODE
    if (last !== "") {
      directory.children.set(last, node)
    }
    return
  }
  if (details.link !== undefined) {
    directory.children.set(last, newLink(state, modified, details.link))
    return
  }
  const bytes = toBytes(details.content ?? "")
  state.used += bytes.byteLength
  const file = newFile(state, modified)
  directory.children.set(
    last,
    Object.assign(file, { bytes, owned: false, size: bytes.byteLength, mode: details.mode ?? FILE_MODE })
  )
}

const toBytes = (content: string | Uint8Array): Uint8Array =>
  typeof content === "string" ? new TextEncoder().encode(content) : content

const newDirectory = (state: State, modified: number): DirectoryNode => ({
  type: "Directory",
  id: state.nextId++,
  modified,
  mode: DIRECTORY_MODE,
  children: new Map()
})

const newLink = (state: State, modified: number, target: string): LinkNode => ({
  type: "SymbolicLink",
  id: state.nextId++,
  modified,
  mode: LINK_MODE,
  target
})

const newFile = (state: State, modified: number): FileNode => ({
  type: "File",
  id: state.nextId++,
  modified,
  mode: FILE_MODE,
  bytes: new Uint8Array(0),
  owned: true,
  size: 0
})

const store = (state: State): FileStore => ({
  [TypeId]: TypeId,
  stat: (path) => attempt(() => into(find(state, path, true), infoOf)),
  lstat: (path) => attempt(() => into(find(state, path, false), infoOf)),
  list: (path) =>
    attempt(() =>
      into(findDirectory(state, path), ({ children }) =>
        Array.from(children, ([name, node]): NamedInfo => ({ name, info: infoOf(node) }))
      )
    ),
  openReader: (path, offset) =>
    attempt(() =>
      into(find(state, path, true), (node) =>
        node.type === "File" ? reader(node, offset) : new StoreError({ reason: "NotRegular", path })
      )
    ),
  openWriter: (path, from) => timed((now) => into(fileToWrite(state, now, path), (file) => writer(state, file, from))),
  makeDirectory: (path) =>
    timed((now) => {
      if (!(find(state, path, false) instanceof StoreError)) {
        return new StoreError({ reason: "AlreadyExists", path })
      }
      return into(holder(state, path), (parent) => {
        parent.children.set(RemotePath.baseName(path), newDirectory(state, now))
        parent.modified = now
      })
    }),
  removeFile: (path) =>
    timed((now) =>
      into(find(state, path, false), (node) =>
        node.type === "Directory"
          ? new StoreError({ reason: "IsADirectory", path })
          : into(holder(state, path), (parent) => unlink(state, now, parent, path, node))
      )
    ),
  removeDirectory: (path) =>
    timed((now) =>
      into(find(state, path, false), (node) => {
        if (node.type !== "Directory") {
          return new StoreError({ reason: "NotADirectory", path })
        }
        if (node.children.size > 0) {
          return new StoreError({ reason: "NotEmpty", path })
        }
        return into(holder(state, path), (parent) => unlink(state, now, parent, path, node))
      })
    ),
  makeLink: (path, target) =>
    timed((now) =>
      find(state, path, false) instanceof StoreError
        ? into(holder(state, path), (parent) => {
            parent.children.set(RemotePath.baseName(path), newLink(state, now, target))
            parent.modified = now
          })
        : new StoreError({ reason: "AlreadyExists", path })
    ),
  rename: (from, to) => timed((now) => rename(state, now, from, to)),
  setModified: (path, modified) => change(state, path, { modified }),
  setMode: (path, mode) => change(state, path, { mode: mode & MODE_BITS })
})

const change = (
  state: State,
  path: string,
  to: { readonly modified: number } | { readonly mode: number }
): Effect.Effect<void, StoreError> =>
  attempt(() =>
    into(find(state, path, true), (node) => {
      Object.assign(node, to)
    })
  )

const attempt = <A>(run: () => A | StoreError): Effect.Effect<A, StoreError> =>
  Effect.suspend(() => {
    const result = run()
    return result instanceof StoreError ? Effect.fail(result) : Effect.succeed(result)
  })

const timed = <A>(run: (now: number) => A | StoreError): Effect.Effect<A, StoreError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => attempt(() => run(now)))

const into = <A, B>(value: A | StoreError, use: (value: A) => B | StoreError): B | StoreError =>
  value instanceof StoreError ? value : use(value)

const find = (state: State, path: string, follow: boolean): Node | StoreError => {
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

const findDirectory = (state: State, path: string): DirectoryNode | StoreError =>
  into(find(state, path, true), (node) =>
    node.type === "Directory" ? node : new StoreError({ reason: "NotADirectory", path })
  )

const findFile = (state: State, path: string): FileNode | StoreError =>
  into(find(state, path, true), (node) =>
    node.type === "File" ? node : new StoreError({ reason: "IsADirectory", path })
  )

/** The directory that holds the path's last name. */
const holder = (state: State, path: string): DirectoryNode | StoreError => {
  if (RemotePath.baseName(path) === "") {
    return new StoreError({ reason: "PermissionDenied", path })
  }
  const found = findDirectory(state, RemotePath.parent(path))
  return found instanceof StoreError ? new StoreError({ reason: found.reason, path }) : found
}

const fileToWrite = (state: State, now: number, path: string): FileNode | StoreError => {
  const existing = findFile(state, path)
  if (!(existing instanceof StoreError) || existing.reason !== "NotFound") {
    return existing
  }
  // A link to nothing: the file comes to be where the link points, as with open(2).
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

const unlink = (state: State, now: number, parent: DirectoryNode, path: string, node: Node): void => {
  parent.children.delete(RemotePath.baseName(path))
  parent.modified = now
  state.used -= node.type === "File" ? node.size : 0
}

const rename = (state: State, now: number, from: string, to: string): undefined | StoreError => {
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

const infoOf = (node: Node): FileInfo => ({
  type: node.type,
  size: node.type === "File" ? node.size : node.type === "Directory" ? DIRECTORY_SIZE : node.target.length,
  modified: node.modified,
  mode: node.mode,
  owner: OWNER,
  group: OWNER,
  unique: `1g${node.id.toString(16)}`,
  linkTarget: node.type === "SymbolicLink" ? node.target : undefined
})

const reader = (file: FileNode, offset: number): StoreReader => {
  let position = offset
  return {
    size: file.size,
    pull: Effect.sync(() => {
      if (position >= file.size) {
        return Option.none()
      }
      const chunk = file.bytes.subarray(position, Math.min(position + BYTES_PER_CHUNK, file.size))
      position += chunk.byteLength
      return Option.some(chunk)
    })
  }
}

const writer = (state: State, file: FileNode, from: WriteFrom): StoreWriter => {
  if (from === "Truncate") {
    state.used -= file.size
    Object.assign(file, { bytes: new Uint8Array(0), owned: true, size: 0 })
  }
  let position = from === "Append" ? file.size : from === "Truncate" ? 0 : from
  return {
    write: (bytes) =>
      timed((now) => {
        const growth = Math.max(position + bytes.byteLength - file.size, 0)
        const refused = Math.max(state.used + growth - state.quota, 0)
        const fits = bytes.subarray(0, Math.max(bytes.byteLength - refused, 0))
        reserve(file, position + fits.byteLength)
        file.bytes.set(fits, position)
        position += fits.byteLength
        state.used += Math.max(position - file.size, 0)
        file.size = Math.max(file.size, position)
        file.modified = now
        return refused > 0 ? new StoreError({ reason: "NoSpace", path: "" }) : undefined
      })
  }
}

/** Room for `size` bytes: exactly that at first, doubled from then on, so that appending stays linear. */
const reserve = (file: FileNode, size: number): void => {
  if (file.owned && size <= file.bytes.byteLength) {
    return
  }
  const capacity = file.size === 0 ? size : Math.max(size, file.size * 2)
  const grown = new Uint8Array(capacity)
  grown.set(file.bytes.subarray(0, file.size))
  file.bytes = grown
  file.owned = true
}
