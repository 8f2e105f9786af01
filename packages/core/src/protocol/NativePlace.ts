/**
 * Places for names that come from elsewhere: from local files, or from another server. On systems without slashes such a
 * name can be a path that leads elsewhere, so each is judged alone, as one name below its directory:
 *
 *     OpenVMS   [FTP.SUB]B.TXT          a file B.TXT in another directory, if it were sent as it is
 *               SYS$LOGIN:B.TXT         the same
 *               -                       as a directory: the way up
 *     z/OS      'FTP.LIB.CNTL(A)'       a member of another data set
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as MvsPath from "./mvsPath.ts"
import * as NativeName from "./NativeName.ts"
import * as NativePath from "./NativePath.ts"

/**
 * Whether the name means itself on each system, so that the server need not be asked how it writes paths.
 *
 * @since 0.1.0
 * @category guards
 */
export const isPlain = (name: string): boolean => !/[[\]<>:;()'"^*%?/]|^-+$|\.dir$/i.test(name)

/**
 * Why a file or directory can't be at `path`, which has slashes and is relative to the directory `root`, in words that
 * follow "its name". `None` on systems with slashes. `root` may be `""`, for the working directory.
 *
 * @since 0.1.0
 * @category getters
 */
export const unsafeReason = (
  syntax: NativePath.Syntax,
  root: string,
  path: string,
  kind: NativePath.Kind
): Option.Option<string> =>
  syntax === "Slashes"
    ? Option.none()
    : Option.orElse(syntax === "Vms" ? unsafeInVms(path, kind) : Option.none(), () =>
        Either.match(NativePath.toNative(syntax, below(root, path), kind), {
          onLeft: ({ reason, why }) => Option.some(reason === "Name" ? why : `has no place there: ${why}`),
          onRight: () => Option.none()
        })
      )

/** With a slash, so that no name is read as a path: one that a user has typed goes out as it is without. */
const below = (root: string, path: string): string =>
  root === "" ? `./${path}` : root.endsWith("/") ? `${root}${path}` : `${root}/${path}`

/**
 * Why the system has no directory of that path, which was sent as a user has typed it, in words that follow "the path".
 * `None` if nothing in it shows that, and on systems with slashes. For what was refused: whether it can be made is for the
 * server to say.
 *
 * @since 0.1.0
 * @category getters
 */
export const noDirectoryReason = (syntax: NativePath.Syntax, path: string): Option.Option<string> => {
  switch (syntax) {
    case "Slashes":
      return Option.none()
    case "Vms":
      return /[[\]<>:/]/.test(path) ? Option.none() : NativeName.unsafeInVms(path, "Directory")
    case "Mvs":
      return MvsPath.noDirectoryReason(path)
  }
}

const unsafeInVms = (path: string, kind: NativePath.Kind): Option.Option<string> => {
  const names = path.split("/")
  const last = names.length - 1
  return Option.firstSomeOf(
    names.map((name, index) =>
      index < last || kind === "Directory"
        ? NativeName.unsafeInVms(NativeName.withoutDirectoryType(name), "Directory")
        : NativeName.hasDirectoryType(name)
          ? Option.some('ends in ".DIR", which OpenVMS has for directories only')
          : NativeName.unsafeInVms(name, "File")
    )
  )
}
