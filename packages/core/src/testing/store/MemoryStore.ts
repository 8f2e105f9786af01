/**
 * Files in memory, with symbolic links and a quota. Times come from the Clock.
 *
 * There are no owners, and modes are stored but not checked: every user may do everything.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as RemotePath from "../../protocol/RemotePath.ts"
import { type FileStore, MODE_BITS, type NamedInfo, StoreError, TypeId } from "./FileStore.ts"
import { reader, writer } from "./memoryFile.ts"
import {
  DIRECTORY_MODE,
  type DirectoryNode,
  FILE_MODE,
  fileToWrite,
  find,
  findDirectory,
  holder,
  infoOf,
  into,
  newDirectory,
  newFile,
  newLink,
  rename,
  type State,
  unlink
} from "./memoryNodes.ts"

/**
 * What a tree says of one path: the content, or more about it. A string is stored as UTF-8. `link` makes a symbolic
 * link; `modified` defaults to the time when the store is made, `mode` to 644 for files and 755 for directories.
 *
 * @since 0.1.0
 * @category models
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
 *
 * @since 0.1.0
 * @category models
 */
export type Tree = { readonly [path: string]: TreeEntry }

/**
 * How a store in memory behaves.
 *
 * @since 0.1.0
 * @category models
 */
export interface MemoryStoreOptions {
  /** How many bytes all files together may have. Default: any number. */
  readonly quota?: number | undefined
}

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
